"""From the img2img tab's controls and pictures to a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modules.foundation.errors import InvalidRequestError
from modules.frontend.request_values import shared_fields
from modules.generation.request import GenerationRequest

MASK_MODES = ("Inpaint masked", "Inpaint not masked")
MASKED_CONTENT = ("fill", "original", "latent noise", "latent nothing")
AREAS = ("Whole picture", "Only masked")
RESIZE_MODES = ("Just resize", "Crop and resize", "Resize and fill", "Just resize (latent upscale)")
_SOFT = ("mask_blend_power", "mask_blend_scale", "inpaint_detail_preservation", "composite_mask_influence",
         "composite_difference_threshold", "composite_difference_contrast")


@dataclass(frozen=True)
class Picked:
    """The pictures of a request, as ids in the picture store."""

    image: str
    mask: str | None = None


def img2img_request(values: Mapping[str, Any], picked: Picked, *, resize_by: bool) -> GenerationRequest:
    """Raises: InvalidRequestError."""
    fields = shared_fields(values) | {
        "init_images": (picked.image,), "resize_mode": RESIZE_MODES.index(values["resize_mode"]),
        "denoising_strength": values["denoising_strength"], "image_cfg_scale": values["image_cfg_scale"]}
    if resize_by:
        fields["resize_by"] = values["scale"]
    else:
        fields |= {"width": values["width"], "height": values["height"]}
    if picked.mask is not None:
        fields |= {"mask": picked.mask} | inpaint_fields(values)
    return GenerationRequest.from_json(fields)


def inpaint_fields(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the inpainting controls say."""
    soft = {name: values[name] for name in _SOFT} if values["soft_inpainting_enabled"] else None
    return {
        "mask_blur_x": values["mask_blur"], "mask_blur_y": values["mask_blur"],
        "inpainting_mask_invert": values["mask_mode"] == MASK_MODES[1],
        "inpainting_fill": MASKED_CONTENT.index(values["inpainting_fill"]),
        "inpaint_full_res": values["inpaint_full_res"] == AREAS[1],
        "inpaint_full_res_padding": values["inpaint_full_res_padding"], "soft_inpainting": soft,
    }


_MISSING = {
    "image": ("There is no picture to begin with.", "Choose a picture first, or send one here."),
    "mask": ("There is no mask.", "Paint over what is to be made new, or choose a mask."),
    "sketch": ("Nothing is painted.", "Paint what is to be made new."),
}


def picture_in(situation: Mapping[str, Any], name: str) -> str:
    """Return the id of a picture that the page's scripts have handed in. Raises: InvalidRequestError."""
    picture = situation.get(name)
    if not isinstance(picture, str) or not picture:
        message, remedy = _MISSING[name]
        raise InvalidRequestError(name, message, remedy=remedy)
    return picture
