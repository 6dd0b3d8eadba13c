"""What an inpainted area begins with when its own pixels are not wanted."""

from __future__ import annotations

from PIL import Image, ImageFilter

from modules.imaging.compositing import keep_unmasked

BLURS = ((256, 1), (64, 1), (16, 2), (4, 4), (2, 2), (0, 1))
"""Radius of a blur and how often it is laid over what is there, farthest first."""


def fill_masked(image: Image.Image, mask: Image.Image) -> Image.Image:
    """Let the colours around a masked area run into it; what is not masked stays."""
    kept = keep_unmasked(image, mask).convert("RGBa")
    filled = Image.new("RGBA", image.size)
    for radius, repeats in BLURS:
        blurred = kept.filter(ImageFilter.GaussianBlur(radius)).convert("RGBA")
        for _ in range(repeats):
            filled.alpha_composite(blurred)
    return filled.convert("RGB")
