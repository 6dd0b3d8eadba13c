"""Which family a checkpoint belongs to; and if none, what it is instead."""

from __future__ import annotations

from modules.families.description import ModelDescription, Prediction
from modules.families.evidence import Evidence, NotMineError
from modules.families.family import Family
from modules.families.stable_diffusion_1 import STABLE_DIFFUSION_1
from modules.families.stable_diffusion_2 import STABLE_DIFFUSION_2
from modules.families.stable_diffusion_xl import STABLE_DIFFUSION_XL, STABLE_DIFFUSION_XL_REFINER
from modules.families.strangers import explain_spoiled, explain_stranger
from modules.foundation.errors import UnsupportedModelError

FAMILIES: tuple[Family, ...] = (STABLE_DIFFUSION_1, STABLE_DIFFUSION_2, STABLE_DIFFUSION_XL,
                                STABLE_DIFFUSION_XL_REFINER)


def recognise(evidence: Evidence, prediction: Prediction | None = None) -> ModelDescription:
    """Describe a checkpoint by the family that claims it; ``prediction`` overrules what the file says.

    Raises: UnsupportedModelError with every family's reason, ModelFileError for a broken checkpoint.
    """
    if spoiled := explain_spoiled(evidence):
        raise spoiled
    reasons = []
    for family in FAMILIES:
        try:
            return family.describe(evidence, prediction)
        except NotMineError as reason:
            reasons.append(f"not {family.title}, because {reason}")
    raise explain_stranger(evidence) or UnsupportedModelError(
        f"This is no checkpoint the program knows: {'; '.join(reasons)}.",
        remedy="Choose a Stable Diffusion 1.x, 2.x or XL checkpoint.")
