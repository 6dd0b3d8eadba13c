"""A runner that needs no model, and an executor on a temporary folder."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PIL import Image

from modules.generation.events import Comment, ImageFinished, Preview, Progress
from modules.jobs.executor import LocalExecutor
from modules.jobs.store import JobStore


class FakeRunner:
    """Makes ``request["pictures"]`` pictures of ``request["steps"]`` steps; waits at each step where told to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.order: list[str] = []
        self.made: list[tuple[str, int]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.started = threading.Event()
        self.errors: dict[str, BaseException] = {}

    def __call__(self, job, cancellation, emit):
        self.order.append(job.title)
        pictures, steps = job.request.get("pictures", 1), job.request.get("steps", 2)
        self.started.set()
        for index in range(pictures):
            if index in job.saved:
                continue
            if cancellation.no_more_batches:
                return
            cancellation.begin_batch()
            for step in range(steps):
                emit(Progress("sampling", step, steps, index, pictures, index * steps + step, pictures * steps))
                emit(Preview(Image.new("RGB", (8, 8), (step * 9, 0, 0)), step))
                self.gate.wait(10)
                if cancellation.stop_now:
                    break
            if cancellation.stop_now:
                continue
            if "raise" in job.request and index == job.request.get("at", 0):
                raise self.errors[job.request["raise"]]
            self.made.append((job.id, index))
            path = self.folder / f"{job.id}-{index}.txt"
            path.write_text("picture")
            emit(ImageFinished(index, f"info {index}", 100 + index, path))
        emit(Comment("that was all"))


@pytest.fixture
def runner(tmp_path):
    runner = FakeRunner(tmp_path)
    yield runner
    runner.gate.set()


@pytest.fixture
def open_jobs(tmp_path, runner):
    """Start an executor on the same data folder, as often as asked; all are closed at the end."""
    opened: list[tuple[LocalExecutor, JobStore]] = []

    def begin(*, start=True, own_runner=None, **options):
        while opened:
            close()
        store = JobStore(tmp_path / "jobs.sqlite3")
        executor = LocalExecutor(store, own_runner or runner, **options)
        opened.append((executor, store))
        if start:
            executor.start()
        return executor

    def close():
        executor, store = opened.pop()
        executor.close(5)
        store.close()

    yield begin
    runner.gate.set()
    while opened:
        close()


@pytest.fixture
def jobs(open_jobs):
    return open_jobs()
