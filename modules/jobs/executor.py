"""The local executor: one worker thread that owns the device and works through the queue."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from modules.foundation.cancellation import Cancellation
from modules.foundation.errors import InvalidRequestError, OutputError
from modules.jobs.board import JobBoard
from modules.jobs.errors import ClosingError, QueueFullError
from modules.jobs.job import Job, JobState
from modules.jobs.monitor import JobMonitor
from modules.jobs.run import JobRun, Listener, Outcome, Runner, stopped
from modules.jobs.store import JobStore, new_job

logger = logging.getLogger(__name__)

FULL_DISK_PAUSE_S = 5.0
FIRST_GUESS_S = 10.0
"""How long a job takes, before one has been seen."""


@dataclass(frozen=True)
class QueueLimits:
    """How many jobs may wait."""

    total: int = 1000
    per_client: int = 200


class LocalExecutor:
    """Takes jobs from any thread and runs them one at a time; clients take turns.

    Nothing here knows what a job does: ``runner`` does, and a failing one never stops the queue.
    """

    def __init__(self, store: JobStore, runner: Runner, *, limits: QueueLimits | None = None,
                 resume: bool = True) -> None:
        """Line up the jobs an earlier process left; with ``resume=False`` hold them until somebody resumes them."""
        self._store = store
        self._runner = runner
        self._limits = limits or QueueLimits()
        self._board = JobBoard()
        self._work_waits = threading.Condition(self._board.lock)
        self._listeners: dict[str, Listener] = {}
        self._closing = threading.Event()
        self._typical_s = FIRST_GUESS_S
        self._thread = threading.Thread(target=self._work, name="jobs", daemon=True)
        self.monitor = JobMonitor(store, self._board)
        """Where to look at jobs and wait for them."""
        for job in store.unfinished():
            if resume:
                self._board.line.push(job.id, job.client)
            else:
                self._board.held.add(job.id)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def close(self, timeout_s: float = 10.0) -> None:
        """Take no more jobs, end the running one after its step, and leave it and the queue to the next start."""
        with self._board.lock:
            self._closing.set()
            if self._board.run is not None:
                self._board.run.leave()
            self._work_waits.notify_all()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        with self._board.lock:
            if self._board.run is not None:
                self._leave_behind(self._board.run)
            self._board.closed = True
        self._board.bells.ring_all()

    def submit(self, kind: str, request: Mapping[str, Any], *, client: str = "local", title: str = "",
               idempotency_key: str | None = None, listener: Listener | None = None) -> Job:
        """Write a job down and queue it.

        A client that sends the same ``idempotency_key`` again gets the job it made first, whatever else it
        sends: resolved seeds differ from one try to the next, so requests cannot be compared.

        Raises: QueueFullError; ClosingError; OutputError (disk full); TypeError when ``request`` is not JSON.
        """
        job = new_job(kind, request, client=client, title=title)
        with self._board.lock:
            earlier = None if idempotency_key is None else self._store.find(job.client, idempotency_key)
            if earlier is not None:
                return earlier
            self._check_room(job.client)
            job = self._store.add(job, idempotency_key)
            if listener is not None:
                self._listeners[job.id] = listener
            self._enqueue(job)
        return job

    def resume(self, job_id: str) -> Job:
        """Run a held job, or try a failed one again; the pictures it has finished are kept.

        Raises: NotFoundError; InvalidRequestError for a job in any other state; QueueFullError; ClosingError.
        """
        with self._board.lock:
            job = self._store.get(job_id)
            if job_id not in self._board.held and job.state is not JobState.FAILED:
                raise InvalidRequestError("job_id", f"This job is {job.state.value} and cannot be resumed.",
                                          remedy="Only held and failed jobs can be; submit a new one instead.")
            self._check_room(job.client)
            if job.state is JobState.FAILED:
                job = self._store.release(job_id)
            self._board.held.discard(job_id)
            self._enqueue(job)
        return job

    def cancel(self, job_id: str) -> Job:
        """Take a waiting job out of the queue, or interrupt it where it runs; a finished one stays as it is.

        Raises: NotFoundError.
        """
        with self._board.lock:
            if not self.interrupt(job_id) and self._board.waits(job_id):
                self._store_outcome(job_id, stopped(self._store.get(job_id)))
                if job_id in self._board.held:
                    self._board.held.remove(job_id)
                else:
                    self._board.line.remove(job_id)
                self._listeners.pop(job_id, None)
        self._board.bells.ring(job_id)
        return self._store.get(job_id)

    def interrupt(self, job_id: str | None = None) -> bool:
        """End a running job (None: whichever runs) after its current step; return whether it was running."""
        return self._tell(job_id, Cancellation.interrupt)

    def skip(self, job_id: str | None = None) -> bool:
        """End the batch being made and go on with the next; return whether the job was running."""
        return self._tell(job_id, Cancellation.skip)

    def stop_after_batch(self, job_id: str | None = None) -> bool:
        """Let the batch being made finish and make no more; return whether the job was running."""
        return self._tell(job_id, Cancellation.stop_after_batch)

    def _tell(self, job_id: str | None, order: Callable[[Cancellation], None]) -> bool:
        run = self._board.running(job_id)
        if run is None:
            return False
        order(run.cancellation)
        self._board.bells.ring(run.job.id)
        return True

    def _check_room(self, client: str) -> None:
        if self._closing.is_set():
            raise ClosingError
        line = self._board.line
        if len(line) >= self._limits.total:
            raise QueueFullError(f"{len(line)} jobs are waiting already.", retry_after_s=self._retry_after_s(1))
        if line.count(client) >= self._limits.per_client:
            raise QueueFullError(f"{line.count(client)} of your jobs are waiting already.",
                                 retry_after_s=self._retry_after_s(line.clients))

    def _retry_after_s(self, jobs: int) -> int:
        return min(max(math.ceil(jobs * self._typical_s), 1), 3600)

    def _enqueue(self, job: Job) -> None:
        self._board.line.push(job.id, job.client)
        self._work_waits.notify_all()
        self._board.bells.ring(job.id)

    def _work(self) -> None:
        while self._work_once():
            pass

    def _work_once(self) -> bool:
        """Do the next job and let go of all its pictures; False when the program ends."""
        run = self._next_run()
        if run is None:
            return False
        begin = time.monotonic()
        outcome = run.execute(self._runner, self._board.bells.ring)
        self._typical_s += 0.2 * (time.monotonic() - begin - self._typical_s)
        self._insist(run, outcome)
        return True

    def _next_run(self) -> JobRun | None:
        """Wait for the next job; None when the program ends."""
        with self._board.lock:
            while not self._closing.is_set():
                job_id = self._board.line.first()
                if job_id is None:
                    self._work_waits.wait()
                    continue
                try:
                    job = self._store.start(job_id)
                except OutputError as error:
                    logger.error("%s The queue waits.", error)
                    self._work_waits.wait(FULL_DISK_PAUSE_S)
                    continue
                self._board.line.pop()
                self._board.run = JobRun(job, self._store, self._listeners.get(job_id))
                return self._board.run
        return None

    def _insist(self, run: JobRun, outcome: Outcome) -> None:
        """Write an outcome down, however long the disk is full; the queue waits meanwhile."""
        while True:
            try:
                return self._settle(run, outcome)
            except OutputError as error:
                logger.error("%s The queue waits.", error)
                if self._closing.wait(FULL_DISK_PAUSE_S):
                    return None

    def _leave_behind(self, run: JobRun) -> None:
        logger.warning("Job %s did not stop in time; it goes on after a restart.", run.job.id)
        try:
            self._settle(run, run.abandon())
        except OutputError as error:  # it stays RUNNING on the disk, and the next start sees to it
            logger.error("%s", error)

    def _settle(self, run: JobRun, outcome: Outcome) -> None:
        with self._board.lock:
            if self._board.run is not run:
                return  # left behind by close
            self._store_outcome(run.job.id, outcome)
            self._board.run = None
            self._listeners.pop(run.job.id, None)
        self._board.bells.ring(run.job.id)

    def _store_outcome(self, job_id: str, outcome: Outcome) -> None:
        if outcome.state is JobState.QUEUED:
            self._store.release(job_id)
        else:
            self._store.finish(job_id, outcome.state, outcome.error, interrupted=outcome.interrupted)
