"""Whether a request can be made at all. Everything that cannot is refused with its range."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from modules.foundation.errors import InvalidRequestError
from modules.generation import limits
from modules.generation.limits import Range
from modules.generation.request import OUTPAINT_FILLS, GenerationRequest

RANGES: dict[str, Range] = {
    "steps": limits.STEPS,
    "cfg_scale": limits.CFG_SCALE,
    "width": limits.SIDE_PX,
    "height": limits.SIDE_PX,
    "batch_size": limits.BATCH_SIZE,
    "batch_count": limits.BATCH_COUNT,
    "seed": limits.SEED,
    "subseed": limits.SEED,
    "subseed_strength": limits.STRENGTH,
    "seed_resize_from_w": limits.RESIZE_FROM_PX,
    "seed_resize_from_h": limits.RESIZE_FROM_PX,
    "clip_skip": limits.CLIP_SKIP,
    "eta": limits.ETA,
    "s_churn": limits.SIGMA,
    "s_tmin": limits.SIGMA,
    "s_tmax": limits.SIGMA,
    "s_noise": limits.SIGMA,
    "s_min_uncond": limits.SIGMA,
    "refiner_switch_at": limits.STRENGTH,
    "denoising_strength": limits.STRENGTH,
    "hr_scale": limits.HIRES_SCALE,
    "hr_second_pass_steps": limits.HIRES_STEPS,
    "hr_resize_x": limits.HIRES_SIDE_PX,
    "hr_resize_y": limits.HIRES_SIDE_PX,
    "resize_mode": limits.RESIZE_MODE,
    "resize_by": limits.RESIZE_BY,
    "image_cfg_scale": limits.CFG_SCALE,
    "initial_noise_multiplier": limits.NOISE_MULTIPLIER,
    "mask_blur_x": limits.MASK_BLUR_PX,
    "mask_blur_y": limits.MASK_BLUR_PX,
    "inpainting_fill": limits.MASK_CONTENT,
    "inpaint_full_res_padding": limits.MASK_PADDING_PX,
    "inpainting_mask_weight": limits.STRENGTH,
}
_OUTPAINTING: dict[str, Range] = {
    **dict.fromkeys(("left", "right", "up", "down"), limits.OUTPAINT_PX),
    "mask_blur": limits.MASK_BLUR_PX,
    "falloff_exponent": limits.EXPONENT,
    "color_variation": limits.STRENGTH,
}
_TEXTS = ("prompt", "negative_prompt", "hr_prompt", "hr_negative_prompt")


def check_request(request: GenerationRequest) -> None:
    """Refuse numbers out of range and texts that are too long. Raises: InvalidRequestError."""
    _check_ranges(request, RANGES)
    if request.soft_inpainting is not None:
        soft = {item.name: limits.SOFTNESS for item in fields(request.soft_inpainting)}
        _check_ranges(request.soft_inpainting, soft, "soft_inpainting.")
    _check_pictures(request)
    for name in _TEXTS:
        length = len(getattr(request, name))
        if length > limits.PROMPT_CHARACTERS:
            raise InvalidRequestError(
                name, f"The {name.replace('_', ' ')} is {length:,} characters long; "
                      f"at most {limits.PROMPT_CHARACTERS:,} are possible.", remedy="Shorten it.")
    if len(request.styles) > limits.STYLES:
        raise InvalidRequestError("styles", f"{len(request.styles)} styles were chosen; "
                                            f"at most {limits.STYLES} are possible.")


def _check_ranges(values: object, ranges: Mapping[str, Range], within: str = "") -> None:
    for name, accepted in ranges.items():
        value = getattr(values, name)
        if value is not None and value not in accepted:
            raise InvalidRequestError(within + name, f"{within}{name} must be {accepted}, not {value:,.15g}.")


def _check_pictures(request: GenerationRequest) -> None:
    """Refuse masks and extensions of pictures that are not there, and extensions that extend nothing."""
    if len(request.init_images) > limits.INIT_IMAGES:
        raise InvalidRequestError("init_images", f"{len(request.init_images)} pictures were given to start from; "
                                                 f"at most {limits.INIT_IMAGES} are possible.")
    for name in ("mask", "latent_mask", "outpainting"):
        if getattr(request, name) is not None and not request.is_img2img:
            raise InvalidRequestError("init_images", f"There is no picture for the {name.replace('_', ' ')}.",
                                      remedy="Choose a picture first.")
    extension = request.outpainting
    if extension is None:
        return
    _check_ranges(extension, _OUTPAINTING, "outpainting.")
    if extension.fill not in OUTPAINT_FILLS:
        raise InvalidRequestError("outpainting.fill", f"outpainting.fill must be one of "
                                                      f"{', '.join(OUTPAINT_FILLS)}, not {extension.fill[:60]!r}.")
    if len(request.init_images) > 1:
        raise InvalidRequestError("init_images", "Only one picture at a time can be extended.",
                                  remedy="Give one picture; the batch size makes several versions of it.")
    if not any((extension.left, extension.right, extension.up, extension.down)):
        raise InvalidRequestError("outpainting", "No side is to be extended.",
                                  remedy="Drag a side of the picture, or type by how many pixels it should grow.")


def check_area(width: int, height: int) -> None:
    """Refuse pictures whose sides are possible but whose area is not. Raises: InvalidRequestError."""
    if width * height > limits.PICTURE_PX.high:
        raise InvalidRequestError(
            "width", f"{width}x{height} is {width * height / 2**20:.0f} megapixels; "
                     f"at most {limits.PICTURE_PX.high / 2**20:.0f} are possible.",
            remedy="Make it smaller and enlarge the picture afterwards.")
