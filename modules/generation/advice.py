"""What to say when a model is used in a way that it cannot draw well in."""

from __future__ import annotations

from modules.families.description import Conditioning, ModelDescription
from modules.generation.plan import GenerationPlan

_MOST_STEPS = 2.5
"""How many times the steps a distilled model wants still do no harm."""
_MOST_CFG = 3.0
_NEEDS_PICTURE = {
    Conditioning.EDIT: "This checkpoint changes pictures as it is told to; without a picture it has nothing to change.",
    Conditioning.DEPTH: "This checkpoint follows how far away things are in a picture; without one it sees a wall.",
}


def advise(description: ModelDescription, plan: GenerationPlan) -> list[str]:
    """Return what a person should know about the main checkpoint of a run."""
    said = []
    if plan.picture is None and description.conditioning in _NEEDS_PICTURE:
        said.append(f"{_NEEDS_PICTURE[description.conditioning]} Use it in img2img.")
    if description.rates_beauty and plan.picture is None:
        said.append("This checkpoint is a refiner: it finishes what another began. Choose it under Refiner.")
    few = description.distillation
    if few and (plan.sampling.steps > few.steps * _MOST_STEPS or plan.sampling.cfg_scale > _MOST_CFG):
        said.append(f"By its name or its tensors this checkpoint is a distilled one ({few.name}), which draws best "
                    f"with {few.advice}.")
    return said
