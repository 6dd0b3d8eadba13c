"""Looking at jobs: state, progress, preview, history, and waiting for the end."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

from modules.jobs.board import JobBoard
from modules.jobs.job import Job, JobEvent
from modules.jobs.preview import EncodedPreview, PreviewFormat
from modules.jobs.store import JobStore
from modules.jobs.view import JobView

HEARTBEAT_S = 1.0


class JobMonitor:
    """Answers questions about jobs from any thread or event loop; changes nothing.

    Raises: NotFoundError from every method that takes the id of a job nobody remembers.
    """

    def __init__(self, store: JobStore, board: JobBoard) -> None:
        self._store = store
        self._board = board

    def get(self, job_id: str) -> Job:
        return self._store.get(job_id)

    def find(self, client: str, idempotency_key: str) -> Job | None:
        """The job a client handed in under a key of its own."""
        return self._store.find(client, idempotency_key)

    def recent(self, client: str | None = None, limit: int = 50) -> list[Job]:
        """The newest jobs of a client (None: of everybody), newest first."""
        return self._store.recent(client, limit)

    def latest(self, client: str) -> Job | None:
        """The job a client handed in last: what a reloaded page shows."""
        jobs = self._store.recent(client, 1)
        return jobs[0] if jobs else None

    def unfinished(self, client: str | None = None) -> list[Job]:
        """Jobs that wait, are held, or run, oldest first."""
        return [job for job in self._store.unfinished() if client in (None, job.client)]

    def events(self, job_id: str, after: int = 0) -> list[JobEvent]:
        """The job's history after event number ``after``."""
        self._store.get(job_id)
        return self._store.events(job_id, after)

    def view(self, job_id: str) -> JobView:
        """The job as it is at this moment."""
        with self._board.lock:
            run = self._board.running(job_id)
            length = len(self._board.line)
            if run is not None:
                return run.view(length)
            job = self._store.get(job_id)
            if job.finished:
                return JobView(job, job.state.value, fraction=1.0, queue_length=length)
            stage = "held" if job_id in self._board.held else "waiting"
            return JobView(job, stage, queue_position=self._board.line.position(job_id), queue_length=length)

    def current(self) -> JobView | None:
        """The running job, whoever it belongs to."""
        with self._board.lock:
            run = self._board.running()
            return None if run is None else run.view(len(self._board.line))

    def preview(self, job_id: str, known_version: int = 0,
                picture_format: PreviewFormat = "jpeg") -> EncodedPreview | None:
        """The newest preview of a running job; None if there is none newer than ``known_version``.

        Encodes on the caller's thread; asyncio callers use ``asyncio.to_thread``.
        """
        run = self._board.running(job_id)
        return None if run is None else run.preview.take(known_version, picture_format)

    def wait(self, job_id: str, timeout_s: float | None = None) -> Job:
        """Block until the job has ended; after ``timeout_s`` or ``close`` return it as it is then."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        with self._board.bells.thread_bell(job_id) as bell:
            while self._board.moves(job_id):
                if not bell.wait(None if deadline is None else max(deadline - time.monotonic(), 0.0)):
                    break
                bell.clear()
        return self._store.get(job_id)

    async def wait_async(self, job_id: str, timeout_s: float | None = None) -> Job:
        """The same for an event loop; a cancelled waiter leaves the job alone."""
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._until_still(job_id), timeout_s)
        return self._store.get(job_id)

    async def follow(self, job_id: str, after: int = 0) -> AsyncIterator[JobEvent | JobView]:
        """Yield the history after event ``after``, then every further event, and a view at every change between.

        At least one view a second while the job moves; ends after its last event, or when the program closes.
        """
        with self._board.bells.async_bell(job_id) as bell:
            while True:
                bell.clear()
                view = self.view(job_id)
                if view.job.last_event > after:
                    for event in self._store.events(job_id, after):
                        after = event.number
                        yield event
                if after > view.job.last_event:
                    continue  # the view is older than the events
                if view.job.finished or self._board.closed:
                    return
                yield view
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(bell.wait(), HEARTBEAT_S)

    async def _until_still(self, job_id: str) -> None:
        with self._board.bells.async_bell(job_id) as bell:
            while self._board.moves(job_id):
                await bell.wait()
                bell.clear()
