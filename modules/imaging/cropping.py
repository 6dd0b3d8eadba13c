"""The part of a picture that is worked on when only the masked area is inpainted."""

from __future__ import annotations

from dataclasses import replace

from PIL import Image

from modules.foundation.box import Box
from modules.foundation.size import Size


def masked_box(mask: Image.Image, padding: int) -> Box | None:
    """Return the box around all that is not black, with a margin, within the mask; None where it is blank."""
    found = mask.getbbox()
    if found is None:
        return None
    x1, y1, x2, y2 = found
    return Box(max(x1 - padding, 0), max(y1 - padding, 0),
               min(x2 + padding, mask.width), min(y2 + padding, mask.height))


def expand_box(box: Box, target: Size, picture: Size) -> Box:
    """Widen or heighten a box to the target's proportions, as far as the picture reaches."""
    width, height = box.size.width, box.size.height
    target_ratio = target.width / target.height
    if width / height > target_ratio:
        y1, y2 = _grow(box.y1, box.y2, width / target_ratio, picture.height)
        return replace(box, y1=y1, y2=y2)
    x1, x2 = _grow(box.x1, box.x2, height * target_ratio, picture.width)
    return replace(box, x1=x1, x2=x2)


def _grow(start: int, end: int, desired: float, limit: int) -> tuple[int, int]:
    """Grow evenly to a length, then shift into 0..limit: back from the far end first."""
    growth = int(desired - (end - start))
    start -= growth // 2
    end += growth - growth // 2
    if end >= limit:
        start, end = start - (end - limit), limit
    if start < 0:
        start, end = 0, end - start
    return start, min(end, limit)
