"""What made a picture, and the order in which its infotext tells it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

FIELD_ORDER: tuple[str, ...] = (
    # the picture itself
    "Steps", "Sampler", "Schedule type", "CFG scale", "Image CFG scale", "Seed", "Face restoration", "Size",
    "Model hash", "Model", "FP8 weight", "Cache FP16 weight for LoRA", "VAE hash", "VAE",
    "Variation seed", "Variation seed strength", "Seed resize from", "Denoising strength",
    "Conditional mask weight", "Clip skip", "ENSD", "Token merging ratio", "Token merging ratio hr",
    "Init image hash", "RNG", "Tiling",
    # soft inpainting and the second pass
    "Soft inpainting enabled", "Soft inpainting schedule bias", "Soft inpainting preservation strength",
    "Soft inpainting transition contrast boost", "Soft inpainting mask influence",
    "Soft inpainting difference threshold", "Soft inpainting difference contrast",
    "Hires checkpoint", "Hires sampler", "Hires schedule type", "Hires prompt", "Hires negative prompt",
    "Hires upscale", "Hires resize", "Hires steps", "Hires upscaler",
    # img2img and masks
    "Mask mode", "Mask blur", "Inpaint area", "Masked area padding", "Masked content",
    "Noise multiplier", "Extra noise", "VAE Encoder", "VAE Decoder",
    # networks and model details
    "Lora hashes", "TI hashes", "Emphasis", "Old prompt editing timelines", "Downcast alphas_cumprod",
    "Noise Schedule", "Refiner", "Refiner switch at", "Refiner switch by sampling steps", "Hires refiner",
    # sampling
    "Eta", "Eta DDIM", "Sigma churn", "Sigma tmin", "Sigma tmax", "Sigma noise",
    "Schedule min sigma", "Schedule max sigma", "Schedule rho", "Beta schedule alpha", "Beta schedule beta",
    "Discard penultimate sigma", "SGM noise multiplier", "Pad conds", "Pad conds v0", "NGMS",
    "NGMS all steps", "Skip Early CFG",
)
"""Keys of the core. Keys of scripts and plugins follow in the order they were given, then ``LAST_FIELDS``."""

LAST_FIELDS: tuple[str, ...] = ("Version", "User")


@dataclass(frozen=True)
class GenerationRecord:
    """Everything an infotext says about one picture.

    ``fields`` maps infotext keys to plain values, in any order; None means "do not write this".
    """

    prompt: str = ""
    negative_prompt: str = ""
    fields: Mapping[str, object] = field(default_factory=dict)

    def ordered_fields(self) -> Iterator[tuple[str, object]]:
        """Yield the fields that have a value, in the order they are written."""
        known = {*FIELD_ORDER, *LAST_FIELDS}
        others = [key for key in self.fields if key not in known]
        for key in (*FIELD_ORDER, *others, *LAST_FIELDS):
            value = self.fields.get(key)
            if value is not None:
                yield key, value
