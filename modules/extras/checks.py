"""The ranges of what may be asked for."""

from __future__ import annotations

from typing import Any

from modules.extras.autosized_crop import MAXIMIZE_AREA, MINIMIZE_ERROR
from modules.extras.enlarging import MAX_SIDE_PX
from modules.extras.flipping import WAYS
from modules.extras.request import ExtrasRequest
from modules.foundation.errors import InvalidRequestError
from modules.generation.limits import STRENGTH, Range

MAX_PICTURES = 2000
"""In one job: its list of results is read whenever somebody looks at it."""
SCALE = Range(0.05, 32)
_SIDE_PX = Range(1, MAX_SIDE_PX)
_RANGES: dict[str, Range] = {
    "resize_mode": Range(0, 1),
    "upscaling_resize": SCALE,
    "max_side_length": Range(0, MAX_SIDE_PX),
    "upscaling_resize_w": _SIDE_PX,
    "upscaling_resize_h": _SIDE_PX,
    "extras_upscaler_2_visibility": STRENGTH,
    "gfpgan_visibility": STRENGTH,
    "codeformer_visibility": STRENGTH,
    "codeformer_weight": STRENGTH,
    "split_oversized.split_threshold": STRENGTH,
    "split_oversized.overlap_ratio": Range(0, 0.9),
    "focal_crop.face_weight": STRENGTH,
    "focal_crop.entropy_weight": STRENGTH,
    "focal_crop.edges_weight": STRENGTH,
    "autosized_crop.mindim": Range(64, 2048),
    "autosized_crop.maxdim": Range(64, 2048),
    "autosized_crop.minarea": Range(64 * 64, 2048 * 2048),
    "autosized_crop.maxarea": Range(64 * 64, 2048 * 2048),
    "autosized_crop.threshold": STRENGTH,
}


def check_request(request: ExtrasRequest) -> None:
    """Refuse what is out of range. Raises: InvalidRequestError."""
    for name, accepted in _RANGES.items():
        value = _value(request, name)
        if value is not None and value not in accepted:
            raise InvalidRequestError(name, f"{name} must be {accepted}, not {value:,.15g}.")
    _check_choices(request)
    if request.names and len(request.names) != len(request.images):
        raise InvalidRequestError("names", f"There are {len(request.names)} names for {len(request.images)} pictures.")
    check_count("images", len(request.images))


def check_count(field: str, pictures: int) -> None:
    """Refuse more pictures than one job may have. Raises: InvalidRequestError."""
    if pictures > MAX_PICTURES:
        raise InvalidRequestError(field, f"There are {pictures:,} pictures; at most {MAX_PICTURES:,} can be worked "
                                         "on in one go.", remedy="Do them in several goes.")


def _check_choices(request: ExtrasRequest) -> None:
    crop, flips = request.autosized_crop, request.flipped_copies
    if crop and crop.objective not in (MAXIMIZE_AREA, MINIMIZE_ERROR):
        raise InvalidRequestError("autosized_crop.objective", f"autosized_crop.objective must be {MAXIMIZE_AREA!r} "
                                  f"or {MINIMIZE_ERROR!r}, not {crop.objective[:60]!r}.")
    unknown = [way for way in flips.option if way not in WAYS] if flips else []
    if unknown:
        raise InvalidRequestError("flipped_copies.option", f"flipped_copies.option may hold {', '.join(WAYS)}, "
                                                           f"not {unknown[0][:60]!r}.")


def _value(request: ExtrasRequest, name: str) -> Any:
    value: Any = request
    for part in name.split("."):
        value = getattr(value, part) if value is not None else None
    return value
