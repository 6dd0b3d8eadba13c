"""A kill in the middle of a grid: the next start makes what is missing, and the sheet is the same to the last bit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from modules.generation.request import GenerationRequest
from modules.jobs.generation_runner import KIND, StoredGeneration
from modules.jobs.job import JobState
from modules.jobs.store import JobStore, new_job
from modules.plugins.grids.record import GRIDS_FOLDER, GridBook
from modules.settings.values import Settings

ROOT = Path(__file__).parents[2]
CHILD = """
import sys, time
from modules.application.program import build_program
from modules.application.server import running_services
from modules.compat.startup import build_controls_without_page
from modules.settings.flags import parse_launch_flags
with running_services(build_program(parse_launch_flags(sys.argv[1:]))):
    build_controls_without_page()
    time.sleep(120)
"""
CELLS, KILL_AFTER = 36, 8


def queue_grid(folder: Path) -> str:
    """Write down a job as a page would have: 36 cells, its seeds left to chance."""
    args = (1, "1-2,-1", [], 7, '"a castle", tower, ship, tree', [], 6, "3, 5, 7", [])
    request = GenerationRequest(
        prompt="a castle", seed=-1, subseed=1, steps=1, cfg_scale=7.0, width=64, height=64, sampler_name="Euler",
        scheduler="Automatic", checkpoint="tiny-sd1.safetensors", script_name="X/Y/Z plot", script_args=args)
    settings = Settings().with_values({"randn_source": "CPU", "samples_save": False})
    store = JobStore(folder / "jobs.sqlite3")
    job = new_job(KIND, StoredGeneration(request, settings, ()).to_json(), client="tests", title="a castle")
    stored = store.add(type(job)(**{**vars(job), "id": "grid"}), None)
    store.close()
    return stored.id


def run_to_the_end(folder: Path, models: Path, job: str) -> Path:
    """Run what is queued, as a start of the program does; return the sheet."""
    from modules.application.program import build_program
    from modules.application.server import running_services
    from modules.compat.startup import build_controls_without_page
    from modules.settings.flags import parse_launch_flags

    flags = parse_launch_flags(["--data-dir", str(folder), "--models-dir", str(models), "--use-cpu", "all"])
    with running_services(build_program(flags)) as services:
        build_controls_without_page()
        done = services.generation.queue.monitor.wait(job, 90)
    assert (done.state, done.error) == (JobState.DONE, None)
    return next(picture.path for picture in done.pictures if picture.kind == "grid")


def kill_after(cells: int, folder: Path, models: Path, job: str) -> None:
    book = GridBook(folder / GRIDS_FOLDER)
    command = [sys.executable, "-c", CHILD, "--data-dir", str(folder), "--models-dir", str(models), "--use-cpu", "all"]
    with open(folder / "log", "w") as log:
        child = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env=dict(os.environ))
    try:
        deadline = time.monotonic() + 90
        while (record := book.read(job)) is None or len(record.cells) < cells:
            assert child.poll() is None and time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.01)
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()


@pytest.mark.skipif(sys.platform == "win32", reason="nothing there is killed as hard")
def test_a_killed_grid_goes_on_and_is_the_same_to_the_last_bit(tiny_models, tmp_path):
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    for folder in (killed, whole):
        folder.mkdir()
        job = queue_grid(folder)
    with ThreadPoolExecutor(1) as beside:
        dying = beside.submit(kill_after, KILL_AFTER, killed, tiny_models, job)
        uninterrupted = run_to_the_end(whole, tiny_models, job)
        dying.result()
    resumed = run_to_the_end(killed, tiny_models, job)
    states = [cell.state for cell in GridBook(killed / GRIDS_FOLDER).read(job).cells]
    assert len(states) == CELLS and KILL_AFTER <= states.count("found") < CELLS and "failed" not in states
    assert {cell.state for cell in GridBook(whole / GRIDS_FOLDER).read(job).cells} == {"made"}
    assert resumed.read_bytes() == uninterrupted.read_bytes()
