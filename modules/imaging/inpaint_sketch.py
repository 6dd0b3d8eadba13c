"""Inpainting that begins with what a person painted over the picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter


@dataclass(frozen=True)
class SketchOptions:
    """How strongly and how softly the painting counts."""

    transparency: float = 0.0
    """Range: 0 to 100; at 100 nothing is made new."""
    blur_px: float = 0.0


def read_sketch(picture: Image.Image, painted: Image.Image,
                options: SketchOptions) -> tuple[Image.Image, Image.Image]:
    """Return the picture to begin with and the mask of what is to be made new.

    ``painted`` is ``picture`` after somebody painted on it: every pixel that differs is masked, darker with more
    transparency. The picture is softened where mask and paint end; the mask is not, because masks are softened
    later. Reference: A1111 v1.10.1, inpaint sketch of ``img2img.img2img``.

    Shapes: both pictures of the same size.
    """
    mode = "RGBA" if "RGBA" in (picture.mode, painted.mode) else "RGB"
    before, after = picture.convert(mode), painted.convert(mode)
    differs = (np.asarray(before) != np.asarray(after)).any(axis=2)
    strength = round(255 * (1 - options.transparency / 100))
    mask = Image.fromarray(np.where(differs, strength, 0).astype(np.uint8))
    blur = ImageFilter.GaussianBlur(options.blur_px)
    return Image.composite(after.filter(blur), before, mask.filter(blur)), mask
