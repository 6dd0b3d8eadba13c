"""The refiner: a second checkpoint that takes over on the way."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from modules.catalog.entry import CheckpointEntry
from modules.generation.request import GenerationRequest
from modules.generation.surroundings import Models, find_checkpoint
from modules.settings.values import Settings

DEFAULT_SWITCH = 0.8


@dataclass(frozen=True)
class RefinerPlan:
    """Which checkpoint takes over, when, and in which pass of hires fix."""

    checkpoint: CheckpointEntry
    vae: Path | None
    switch_at: float
    passes: str
    """``first pass``, ``second pass`` or ``both passes``; without hires fix there is one pass."""

    def acts_in(self, *, second_pass: bool, with_hires: bool) -> bool:
        """Say whether the refiner takes part in a pass."""
        if not with_hires or self.passes == "both passes":
            return True
        return self.passes == ("second pass" if second_pass else "first pass")


def plan_refiner(request: GenerationRequest, models: Models, settings: Settings, comments: list[str]
                 ) -> RefinerPlan | None:
    """Read off a request whether a refiner takes over; one that is missing or would do nothing is left out."""
    name = request.refiner_checkpoint
    switch_at = DEFAULT_SWITCH if request.refiner_switch_at is None else request.refiner_switch_at
    if not name or name == "None" or switch_at >= 1:
        return None
    checkpoint = find_checkpoint(models, name, comments, "the refiner")
    if checkpoint is None:
        return None
    return RefinerPlan(checkpoint, models.choose_vae(checkpoint, settings.vae).path, switch_at,
                       settings.hires.hires_fix_refiner_pass)
