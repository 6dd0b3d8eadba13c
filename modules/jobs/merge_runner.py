"""Does the work of a merge job: plans it again from what was stored, and makes the checkpoint."""

from __future__ import annotations

import contextlib
from pathlib import Path

from modules.catalog.catalog import Catalog
from modules.foundation.cancellation import Cancellation
from modules.generation.events import Comment, Emit, Progress
from modules.jobs.job import Job
from modules.training.merging.merge import MergeInterruptedError, MergeStep, MergeWatch, run_merge
from modules.training.merging.plan import plan_merge
from modules.training.merging.request import MergeRequest

KIND = "merge"
_COUNTED_IN = 2**20
"""Bytes: progress is a number of these."""


class MergeRunner:
    """The queue's runner for merges. ``folder`` is where merged checkpoints go."""

    def __init__(self, catalog: Catalog, folder: Path) -> None:
        self._catalog, self._folder = catalog, folder

    def __call__(self, job: Job, cancellation: Cancellation, emit: Emit) -> None:
        """Merge; one that is interrupted leaves nothing. Raises: WebUIError."""
        def tell(step: MergeStep) -> None:
            emit(Progress(step.stage, step.tensor, step.tensors, done_steps=step.done_bytes // _COUNTED_IN,
                          total_steps=step.total_bytes // _COUNTED_IN))

        made = plan_merge(MergeRequest.from_json(job.request), self._catalog)
        with contextlib.suppress(MergeInterruptedError):
            path = run_merge(made, self._catalog, self._folder, MergeWatch(tell, cancellation))
            self._catalog.refresh()
            emit(Comment(f"Checkpoint saved to {path}"))
