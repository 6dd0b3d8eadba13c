"""Which job is where right now: waiting, held or running. The executor writes it, the monitor reads it."""

from __future__ import annotations

import threading

from modules.jobs.bells import Bells
from modules.jobs.line import WaitingLine
from modules.jobs.run import JobRun


class JobBoard:
    """Shared state of one executor; hold ``lock`` for more than one look."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.line = WaitingLine()
        self.held: set[str] = set()
        """Jobs of an earlier process that nobody has resumed yet."""
        self.run: JobRun | None = None
        self.closed = False
        """Nothing moves any more."""
        self.bells = Bells()

    def running(self, job_id: str | None = None) -> JobRun | None:
        """The run of this job (None: of any), where it is the one that runs."""
        run = self.run
        return run if run is not None and job_id in (None, run.job.id) else None

    def waits(self, job_id: str) -> bool:
        with self.lock:
            return job_id in self.line or job_id in self.held

    def moves(self, job_id: str) -> bool:
        """Whether the job can still change."""
        with self.lock:
            return not self.closed and (self.waits(job_id) or self.running(job_id) is not None)
