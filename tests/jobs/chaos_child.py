"""The program that test_chaos kills: an executor whose runner writes small files and says what it was told.

Every line on standard output is a promise: ``queued ID`` once a job is handed in, ``kept ID INDEX`` once a
picture is acknowledged, ``idle`` when all jobs have ended.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from modules.foundation.files import atomic_write
from modules.generation.events import ImageFinished, Progress
from modules.jobs.executor import LocalExecutor
from modules.jobs.job import JobState
from modules.jobs.store import JobStore


def say(*words: object) -> None:
    print(*words, flush=True)


def run_job(job, cancellation, emit):
    for index in range(job.request["pictures"]):
        if index in job.saved:
            continue
        for step in range(3):
            emit(Progress("sampling", step, 3))
            time.sleep(0.002)
        path = Path(job.request["folder"]) / f"{job.request['name']}-{index}.txt"
        atomic_write(path, f"{job.request['name']} {index} seed {job.request['seed'] + index}".encode() * 200)
        emit(ImageFinished(index, "", job.request["seed"] + index, path))
        say("kept", job.id, index)


def main(folder: Path, jobs: int, pictures: int) -> None:
    store = JobStore(folder / "jobs.sqlite3")
    executor = LocalExecutor(store, run_job)
    for number in range(jobs):
        request = {"name": f"job{number}", "pictures": pictures, "seed": 1000 * number, "folder": str(folder / "out")}
        job = executor.submit("txt2img", request, client=f"c{number % 2}", idempotency_key=f"k{number}")
        say("queued", job.id)
        if job.state is JobState.FAILED:  # killed twice without headway: a person presses "try again"
            executor.resume(job.id)
    executor.start()
    for job in executor.monitor.unfinished():
        executor.monitor.wait(job.id)
    say("idle")
    executor.close()
    store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
