"""Bringing a picture to the size that is worked on: stretched, cropped, or with bars."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum

from PIL import Image

from modules.foundation.box import Box
from modules.foundation.size import Size

Enlarge = Callable[[Image.Image, float], Image.Image]
"""An upscaler: takes a picture and a factor above 1, returns a picture of about that size."""

MAX_INTERMEDIATE_PIXELS = 64_000_000


class ResizeMode(IntEnum):
    """How a picture of other proportions is fitted; the numbers are the API's."""

    STRETCH = 0
    CROP = 1
    FILL = 2
    LATENT = 3
    """Stretched as latents. Pictures that must match (masks) are stretched like them."""


def resize_image(image: Image.Image, size: Size, mode: ResizeMode, enlarge: Enlarge | None = None) -> Image.Image:
    """Fit a picture into a size; ``enlarge`` helps where it has to grow, except for greys (masks).

    The mode of the picture is kept. Reference: A1111 v1.10.1 images.resize_image.
    """
    if mode is ResizeMode.CROP:
        return _cover(image, size, enlarge)
    if mode is ResizeMode.FILL:
        return _contain(image, size, enlarge)
    return _resample(image, size, enlarge)


def covering_size(picture: Size, target: Size) -> Size:
    """Return the smallest size of the picture's proportions that covers the target."""
    if target.width * picture.height > picture.width * target.height:
        return Size(target.width, max(1, picture.height * target.width // picture.width))
    return Size(max(1, picture.width * target.height // picture.height), target.height)


def contained_size(picture: Size, target: Size) -> Size:
    """Return the largest size of the picture's proportions that fits into the target."""
    if target.width * picture.height < picture.width * target.height:
        return Size(target.width, max(1, picture.height * target.width // picture.width))
    return Size(max(1, picture.width * target.height // picture.height), target.height)


def _resample(image: Image.Image, size: Size, enlarge: Enlarge | None) -> Image.Image:
    scale = max(size.width / image.width, size.height / image.height)
    if enlarge is not None and image.mode != "L" and scale > 1:
        image = enlarge(image, scale)
    if image.size == (size.width, size.height):
        return image.copy()
    return image.resize((size.width, size.height), Image.Resampling.LANCZOS)


def _cover(image: Image.Image, size: Size, enlarge: Enlarge | None) -> Image.Image:
    cover = covering_size(Size(*image.size), size)
    if cover.pixels > MAX_INTERMEDIATE_PIXELS:
        return _resample(_crop_to_proportions(image, size), size, enlarge)
    resized = _resample(image, cover, enlarge)
    left, top = _centred(cover, size)
    return resized.crop((-left, -top, size.width - left, size.height - top))


def _crop_to_proportions(image: Image.Image, size: Size) -> Image.Image:
    """Cut a very long picture down before it is enlarged, not after."""
    kept = contained_size(size, Size(*image.size))
    left, top = _centred(kept, Size(*image.size))
    return image.crop((left, top, left + kept.width, top + kept.height))


def _contain(image: Image.Image, size: Size, enlarge: Enlarge | None) -> Image.Image:
    inner = contained_size(Size(*image.size), size)
    resized = _resample(image, inner, enlarge)
    left, top = _centred(inner, size)
    canvas = Image.new(image.mode, (size.width, size.height))
    canvas.paste(resized, (left, top))
    right, bottom = left + inner.width, top + inner.height
    if inner.width < size.width:
        _fill_bar(canvas, resized, Box(0, 0, left, size.height), edge=0)
        _fill_bar(canvas, resized, Box(right, 0, size.width, size.height), edge=inner.width)
    elif inner.height < size.height:
        _fill_bar(canvas, resized, Box(0, 0, size.width, top), edge=0)
        _fill_bar(canvas, resized, Box(0, bottom, size.width, size.height), edge=inner.height)
    return canvas


def _fill_bar(canvas: Image.Image, picture: Image.Image, bar: Box, edge: int) -> None:
    """Fill a bar with the edge of the picture: a source box without extent, as A1111 has it."""
    if bar.x1 == bar.x2 or bar.y1 == bar.y2:
        return
    upright = bar.size.height == canvas.height
    source = (edge, 0, edge, picture.height) if upright else (0, edge, picture.width, edge)
    canvas.paste(picture.resize((bar.size.width, bar.size.height), box=source), (bar.x1, bar.y1))


def _centred(inner: Size, outer: Size) -> tuple[int, int]:
    return outer.width // 2 - inner.width // 2, outer.height // 2 - inner.height // 2
