"""What a job has finished stays finished, whatever ends the program in between."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from modules.generation.events import ImageFinished
from modules.jobs.job import Job, JobState, PictureRecord


def record(index: int, name: str, kind: str) -> PictureRecord:
    return PictureRecord(index, Path(name), "", 1, kind)


def test_masks_do_not_take_the_place_of_their_pictures():
    pictures = (record(0, "a.png", "image"), record(0, "a-mask.png", "mask"), record(1, "b.png", "unlisted"),
                record(2, "grid.png", "grid"))
    job = Job(id="a", kind="generation", request={}, client="c", title="", state=JobState.QUEUED, created_s=0.0,
              pictures=pictures)
    assert job.saved == {0: Path("a.png"), 1: Path("b.png")}


@pytest.mark.parametrize(("whole", "kind", "kept"), [(True, "image", True), (False, "image", False),
                                                    (True, "grid", False), (True, "mask", True)])
def test_pictures_that_are_whole_are_noted_even_while_the_program_ends(tmp_path, whole, kind, kept):
    from modules.jobs.executor import LocalExecutor
    from modules.jobs.store import JobStore

    store = JobStore(tmp_path / "jobs.sqlite3")
    path = tmp_path / "a.png"
    path.write_bytes(b"picture")
    running = threading.Event()

    def runner(job, cancellation, emit):
        running.set()
        while not cancellation.stop_now:
            time.sleep(0.01)
        emit(ImageFinished(0, "", 1, path, None, kind, whole))

    executor = LocalExecutor(store, runner)
    executor.start()
    job = executor.submit("generation", {})
    assert running.wait(10)
    executor.close(10)
    assert bool(store.get(job.id).pictures) is kept
    store.close()
