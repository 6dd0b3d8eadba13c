"""Whether a request can be made at all. Everything that cannot is refused with its range."""

from __future__ import annotations

from modules.foundation.errors import InvalidRequestError
from modules.generation import limits
from modules.generation.limits import Range
from modules.generation.request import GenerationRequest

_RANGES: dict[str, Range] = {
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
}


def check_request(request: GenerationRequest) -> None:
    """Refuse numbers out of range and texts that are too long. Raises: InvalidRequestError."""
    for name, accepted in _RANGES.items():
        value = getattr(request, name)
        if value is not None and value not in accepted:
            raise InvalidRequestError(name, f"{name} must be {accepted}, not {value:,.15g}.")
    for name in ("prompt", "negative_prompt"):
        length = len(getattr(request, name))
        if length > limits.PROMPT_CHARACTERS:
            raise InvalidRequestError(
                name, f"The {name.replace('_', ' ')} is {length:,} characters long; "
                      f"at most {limits.PROMPT_CHARACTERS:,} are possible.", remedy="Shorten it.")
    if len(request.styles) > limits.STYLES:
        raise InvalidRequestError("styles", f"{len(request.styles)} styles were chosen; "
                                            f"at most {limits.STYLES} are possible.")


def check_area(width: int, height: int) -> None:
    """Refuse pictures whose sides are possible but whose area is not. Raises: InvalidRequestError."""
    if width * height > limits.PICTURE_PX.high:
        raise InvalidRequestError(
            "width", f"{width}x{height} is {width * height / 2**20:.0f} megapixels; "
                     f"at most {limits.PICTURE_PX.high / 2**20:.0f} are possible.",
            remedy="Make it smaller and enlarge the picture afterwards.")
