"""How far a run is, over all its batches and passes."""

from __future__ import annotations

from collections.abc import Sequence

from modules.generation.events import Emit, Progress


class ProgressMeter:
    """Turns steps of passes into shares of the whole job. ``pass_steps`` are those of one batch."""

    def __init__(self, emit: Emit, batches: int, pass_steps: Sequence[int]) -> None:
        self._emit = emit
        self._batches = batches
        self._passes = tuple(pass_steps)
        self._per_batch = sum(pass_steps)
        self._batch = 0
        self._pass = 0

    def begin_batch(self, number: int) -> None:
        self._batch, self._pass = number, 0

    def end_pass(self) -> None:
        """Count the steps of the pass as done, even where it made fewer."""
        self._pass = min(self._pass + 1, len(self._passes))

    def stage(self, stage: str) -> None:
        """Tell what is being done besides sampling."""
        self._tell(stage, 0, 0)

    def step(self, step: int, steps: int) -> None:
        """Tell that ``step`` of ``steps`` of this pass are made."""
        self._tell("sampling", step, steps)

    def _tell(self, stage: str, step: int, steps: int) -> None:
        done = sum(self._passes[:self._pass])
        if self._pass < len(self._passes):
            done += self._passes[self._pass] * step // max(steps, 1)
        self._emit(Progress(stage, step, steps, self._batch, self._batches,
                            self._batch * self._per_batch + done, self._batches * self._per_batch))
