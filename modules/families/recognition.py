"""Which family a checkpoint belongs to; and if none, what it is instead."""

from __future__ import annotations

from modules.families.description import ModelDescription, Prediction
from modules.families.evidence import Evidence, NotMineError
from modules.families.family import Family
from modules.families.stable_diffusion_1 import STABLE_DIFFUSION_1
from modules.families.stable_diffusion_2 import STABLE_DIFFUSION_2
from modules.families.stable_diffusion_xl import STABLE_DIFFUSION_XL
from modules.foundation.errors import UnsupportedModelError

FAMILIES: tuple[Family, ...] = (STABLE_DIFFUSION_1, STABLE_DIFFUSION_2, STABLE_DIFFUSION_XL)

_STRANGERS: tuple[tuple[str, str, str], ...] = (
    ("lora_", "a LoRA", "Move it to models/Lora and name it in the prompt."),
    ("model.diffusion_model.x_embedder.", "a Stable Diffusion 3 checkpoint", ""),
    ("model.diffusion_model.double_blocks.", "a Flux checkpoint", ""),
    ("double_blocks.", "a Flux checkpoint", ""),
    ("control_model.", "a ControlNet", ""),
    ("input_hint_block.", "a ControlNet", ""),
    ("emb_params", "an embedding", "Move it to the embeddings folder."),
    ("clip_g", "an embedding", "Move it to the embeddings folder."),
    ("encoder.down.", "a VAE", "Move it to models/VAE."),
    ("down_blocks.", "a U-Net in the layout of diffusers", ""),
)


def recognise(evidence: Evidence, prediction: Prediction | None = None) -> ModelDescription:
    """Describe a checkpoint by the family that claims it; ``prediction`` overrules what the file says.

    Raises: UnsupportedModelError with every family's reason, ModelFileError for a broken checkpoint.
    """
    reasons = []
    for family in FAMILIES:
        try:
            return family.describe(evidence, prediction)
        except NotMineError as reason:
            reasons.append(f"not {family.title}, because {reason}")
    raise _explain_stranger(evidence) or UnsupportedModelError(
        f"This is no checkpoint the program knows: {'; '.join(reasons)}.",
        remedy="Choose a Stable Diffusion 1.x, 2.x or XL checkpoint.")


def _explain_stranger(evidence: Evidence) -> UnsupportedModelError | None:
    for start, what, remedy in _STRANGERS:
        if evidence.has(start):
            return UnsupportedModelError(f"This is {what}, not a Stable Diffusion checkpoint.", remedy=remedy)
    return None
