from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from modules.jobs.job import Job, JobState
from modules.jobs.store import JobStore

KILLS = 20
JOBS = 6
PICTURES = 50
ROOT = Path(__file__).parents[2]


class Child:
    """The program of chaos_child.py; ``lines`` is what it promised before it died."""

    def __init__(self, folder: Path) -> None:
        self.lines: list[str] = []
        self.begun = threading.Event()
        self._process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("chaos_child.py"), folder, str(JOBS), str(PICTURES)],
            stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        for line in self._process.stdout:
            if line.endswith("\n"):
                self.lines.append(line.strip())
            self.begun.set()

    def kill(self, after_s: float, *, while_starting: bool) -> None:
        """SIGKILL it so many seconds after its start, or after its first words."""
        if not while_starting:
            assert self.begun.wait(30)
        time.sleep(after_s)
        self._process.send_signal(signal.SIGKILL)
        self._end()

    def finish(self) -> None:
        assert self._process.wait(60) == 0
        self._end()

    def _end(self) -> None:
        self._process.wait(30)
        self._reader.join(30)
        self._process.stdout.close()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_no_kill_loses_an_acknowledged_picture(tmp_path):
    """Kill the program at 20 random moments of a queue of 300 pictures, then let it finish."""
    rng = random.Random(20)
    queued: set[str] = set()
    kept: list[tuple[str, int]] = []
    for number in range(KILLS):
        child = Child(tmp_path)
        if number % 5 == 4:
            child.kill(rng.uniform(0.0, 0.3), while_starting=True)
        else:
            child.kill(rng.uniform(0.0, 0.08), while_starting=False)
        note_promises(child.lines, queued, kept)
        check_promises(tmp_path, queued, kept)
    assert len(kept) < JOBS * PICTURES, "all was made before the last kill: nothing was tested"
    child = Child(tmp_path)
    child.finish()
    note_promises(child.lines, queued, kept)
    assert child.lines[-1] == "idle"
    assert len(queued) == JOBS
    assert all(job.state is JobState.DONE for job in check_promises(tmp_path, queued, kept))
    assert len(list((tmp_path / "out").glob("*.txt"))) == JOBS * PICTURES


def note_promises(lines: list[str], queued: set[str], kept: list[tuple[str, int]]) -> None:
    for line in lines:
        word, *rest = line.split()
        if word == "queued":
            queued.add(rest[0])
        elif word == "kept":
            kept.append((rest[0], int(rest[1])))


def check_promises(folder: Path, queued: set[str], kept: list[tuple[str, int]]) -> list[Job]:
    """What was promised is on the disk, whole, and what is on the list exists."""
    database = folder / "copy" / "jobs.sqlite3"
    database.parent.mkdir(exist_ok=True)
    for suffix in ("", "-wal"):  # a copy, so that looking does not count as the next start
        source = folder / f"jobs.sqlite3{suffix}"
        copy = database.with_name(source.name)
        if source.exists():
            copy.write_bytes(source.read_bytes())
        else:
            copy.unlink(missing_ok=True)
    store = JobStore(database)
    jobs = {job.id: job for job in store.recent()}
    acknowledged = [event for job_id in jobs for event in store.events(job_id) if event.kind == "picture"]
    store.close()
    assert store.set_aside is None and queued <= set(jobs)
    assert len(acknowledged) == sum(len(job.pictures) for job in jobs.values()), "a picture was made again"
    for job_id, index in kept:
        assert index in jobs[job_id].saved
    for job in jobs.values():
        for picture in job.pictures:
            text = f"{job.request['name']} {picture.index} seed {job.request['seed'] + picture.index}"
            assert picture.path.read_bytes() == text.encode() * 200
    return list(jobs.values())
