"""Putting a result back: what the mask does not cover stays the original, bit by bit."""

from __future__ import annotations

from PIL import Image, ImageOps

from modules.foundation.box import Box
from modules.foundation.size import Size
from modules.imaging.resizing import ResizeMode, resize_image


def keep_unmasked(image: Image.Image, mask: Image.Image) -> Image.Image:
    """Return the picture as an RGBA overlay that is transparent where the mask is white.

    Raises: ValueError where the sizes differ.
    """
    kept = Image.new("RGBa", image.size)
    kept.paste(image.convert("RGBA").convert("RGBa"), mask=ImageOps.invert(mask.convert("L")))
    return kept.convert("RGBA")


def uncrop(result: Image.Image, picture: Size, box: Box) -> Image.Image:
    """Put the result for one box of a picture in its place on a transparent canvas of the picture's size."""
    canvas = Image.new("RGBA", (picture.width, picture.height))
    canvas.paste(resize_image(result, box.size, ResizeMode.CROP), (box.x1, box.y1))
    return canvas


def lay_over(result: Image.Image, overlay: Image.Image, box: Box | None) -> Image.Image:
    """Lay what was kept over a result, which covers the whole picture or the given box of it; returns RGB."""
    if box is not None:
        result = uncrop(result, Size(*overlay.size), box)
    return Image.alpha_composite(result.convert("RGBA"), overlay).convert("RGB")


def mask_composite(result: Image.Image, overlay_mask: Image.Image, box: Box | None) -> Image.Image:
    """Return the result alone as RGBA, transparent where the mask is black (A1111's "mask composite")."""
    if box is not None:
        result = uncrop(result, Size(*overlay_mask.size), box)
    fitted = resize_image(overlay_mask, Size(*result.size), ResizeMode.FILL)
    return Image.composite(result.convert("RGBA").convert("RGBa"), Image.new("RGBa", result.size),
                           fitted.convert("L")).convert("RGBA")
