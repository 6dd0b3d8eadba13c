"""The masked part of a picture under the names and shapes that scripts know."""

from __future__ import annotations

import numpy as np
from PIL import Image

from modules.foundation.box import Box
from modules.foundation.size import Size
from modules.imaging.cropping import expand_box, masked_box
from modules.imaging.filling import fill_masked

Region = tuple[int, int, int, int]


def get_crop_region_v2(mask: Image.Image | np.ndarray, pad: int = 0) -> Region | None:
    """Return the box around all that is not black, with a margin, as (x1, y1, x2, y2); None where all is black."""
    found = masked_box(_as_image(mask), pad)
    return found.as_tuple() if found else None


def get_crop_region(mask: Image.Image | np.ndarray, pad: int = 0) -> Region:
    """Return the box around all that is not black; where all is black, one that begins behind its end, as in A1111."""
    found, image = get_crop_region_v2(mask, pad), _as_image(mask)
    return found or (image.width - pad, image.height - pad, pad, pad)


def expand_crop_region(crop_region: Region, processing_width: int, processing_height: int, image_width: int,
                       image_height: int) -> Region:
    """Widen or heighten a box to the proportions of what is processed, as far as the picture reaches."""
    box = expand_box(Box(*crop_region), Size(processing_width, processing_height), Size(image_width, image_height))
    return box.as_tuple()


def fill(image: Image.Image, mask: Image.Image) -> Image.Image:
    """Let the colours around the masked part run into it."""
    return fill_masked(image.convert("RGB"), mask)


def _as_image(mask: Image.Image | np.ndarray) -> Image.Image:
    return mask if isinstance(mask, Image.Image) else Image.fromarray(mask)
