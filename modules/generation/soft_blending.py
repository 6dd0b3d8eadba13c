"""Soft inpainting as hooks of the sampler, and its masks afterwards."""

from __future__ import annotations

from PIL import Image
from torch import Tensor

from modules.foundation.size import Size
from modules.generation.prepared_picture import MaskPictures
from modules.generation.request import SoftInpainting
from modules.imaging.compositing import uncrop
from modules.imaging.soft_inpainting import SoftBlend, blend_latents, overlay_masks
from modules.sampling.hooks import MaskBlend, SamplingHooks
from modules.sampling.start import InitialImage

INFOTEXT = {
    "mask_blend_power": "Soft inpainting schedule bias",
    "mask_blend_scale": "Soft inpainting preservation strength",
    "inpaint_detail_preservation": "Soft inpainting transition contrast boost",
    "composite_mask_influence": "Soft inpainting mask influence",
    "composite_difference_threshold": "Soft inpainting difference threshold",
    "composite_difference_contrast": "Soft inpainting difference contrast",
}


def soft_blend(asked: SoftInpainting) -> SoftBlend:
    """Return the numbers of the blend."""
    return SoftBlend(asked.mask_blend_power, asked.mask_blend_scale, asked.inpaint_detail_preservation,
                     asked.composite_mask_influence, asked.composite_difference_threshold,
                     asked.composite_difference_contrast)


def infotext_of(asked: SoftInpainting | None) -> dict[str, object]:
    """Return what is written about soft inpainting."""
    if asked is None:
        return {}
    return {"Soft inpainting enabled": True, **{key: getattr(asked, name) for name, key in INFOTEXT.items()}}


class SoftHooks(SamplingHooks):
    """Blend softly at every step, and not at all at the end."""

    def __init__(self, options: SoftBlend) -> None:
        self._options = options

    def blend_mask(self, blend: MaskBlend) -> Tensor:
        if blend.is_final or blend.sigma is None:
            return blend.current
        return blend_latents(blend.original, blend.current, blend.mask, blend.sigma, self._options)


def soft_overlays(initial: InitialImage, latents: Tensor, masks: list[MaskPictures], asked: SoftInpainting,
                  size: Size) -> list[Image.Image]:
    """Say for each picture where the original gives way, in the original's size."""
    assert initial.mask is not None
    overlays = []
    for number, mask in enumerate(masks):
        (overlay,) = overlay_masks(initial.latents[number:number + 1], latents[number:number + 1],
                                   initial.mask[number, 0], soft_blend(asked), size)
        if mask.box is not None:
            overlay = uncrop(overlay, Size(*mask.original.size), mask.box).convert("L")
        overlays.append(overlay)
    return overlays
