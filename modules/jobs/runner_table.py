"""Hands each job to the runner for its kind."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from contextlib import AbstractContextManager

from modules.foundation.cancellation import Cancellation
from modules.foundation.errors import InvalidRequestError
from modules.generation.events import Emit
from modules.jobs.job import Job
from modules.jobs.run import Runner


class RunnerTable:
    """The queue's runner where jobs are of several kinds."""

    def __init__(self, runners: Mapping[str, Runner], turn: AbstractContextManager[object] | None = None) -> None:
        """``turn`` is held while a job runs."""
        self._runners = dict(runners)
        self._turn = turn or contextlib.nullcontext()

    def __call__(self, job: Job, cancellation: Cancellation, emit: Emit) -> None:
        """Do a job. Raises: WebUIError."""
        runner = self._runners.get(job.kind)
        if runner is None:
            raise InvalidRequestError("kind", f"This version does not know jobs of the kind {job.kind[:60]!r}.",
                                      remedy="It was handed in to another version; submit it again.")
        with self._turn:
            runner(job, cancellation, emit)
