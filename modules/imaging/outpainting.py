"""Extending a picture beyond its edges: how large it becomes, what the new area begins with, its masks.

Either all sides at once (``extend``), or, as A1111's "Outpainting mk2" does, side by side: run
``extend_side`` for each of ``Canvas.growths`` on the picture the one before has finished.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum

import numpy as np
from PIL import Image, ImageDraw

from modules.foundation.box import Box
from modules.foundation.size import LATENT_SCALE, Size
from modules.imaging.matched_noise import matched_noise


class Side(str, Enum):
    """An edge of a picture, by the names mk2's arguments have; listed in the order it works."""

    LEFT = "left"
    RIGHT = "right"
    UP = "up"
    DOWN = "down"


class Fill(str, Enum):
    """What a new area begins with."""

    NOISE = "noise"
    EDGE = "edge"
    MIRROR = "mirror"
    BLACK = "black"


@dataclass(frozen=True)
class Growth:
    """By how much one side is extended."""

    side: Side
    pixels: int


@dataclass(frozen=True)
class Canvas:
    """The extended picture's size, and where in it the original lies."""

    size: Size
    box: Box
    multiple_of: int

    @property
    def growths(self) -> tuple[Growth, ...]:
        """The sides that grow, in mk2's order."""
        pixels = (self.box.x1, self.size.width - self.box.x2, self.box.y1, self.size.height - self.box.y2)
        return tuple(Growth(side, count) for side, count in zip(Side, pixels) if count > 0)


@dataclass(frozen=True)
class ExtensionOptions:
    """How a new area is prepared.

    The masks reach over the old area: ``mask_inset_px`` so that blurring them does not uncover the new one,
    ``latent_inset_px`` so that there is something to blend.
    """

    fill: Fill = Fill.NOISE
    mask_inset_px: int = 8
    latent_inset_px: int = 16
    falloff_exponent: float = 1.0
    color_variation: float = 0.05


@dataclass(frozen=True)
class Extension:
    """A picture with a new area, ready to be inpainted.

    ``region`` is the part to work on; both masks are of its size, white where something new is wanted.
    """

    canvas: Image.Image
    region: Box
    mask: Image.Image
    latent_mask: Image.Image
    size: Size

    @property
    def picture(self) -> Image.Image:
        return self.canvas.crop(self.region.as_tuple())

    def finish(self, result: Image.Image) -> Image.Image:
        """Put the result for the region in its place and cut what only filled the canvas up."""
        finished = self.canvas.copy()
        finished.paste(result, (self.region.x1, self.region.y1))
        return finished.crop((0, 0, self.size.width, self.size.height))


def plan_canvas(picture: Size, left: int, right: int, up: int, down: int, multiple_of: int = 64) -> Canvas:
    """Find the size after extending a picture; sides that grow are rounded up, the surplus is shared out."""
    left, right = _share_out(picture.width, left, right, multiple_of)
    up, down = _share_out(picture.height, up, down, multiple_of)
    size = Size(left + picture.width + right, up + picture.height + down)
    return Canvas(size, Box(left, up, left + picture.width, up + picture.height), multiple_of)


def extend(image: Image.Image, canvas: Canvas, options: ExtensionOptions) -> Extension:
    """Extend a picture on all sides at once; the region is all of it."""
    sides = [growth.side for growth in canvas.growths]
    size = _round_up(canvas.size, canvas.multiple_of)
    whole = Box(0, 0, size.width, size.height)
    return _extension(image, canvas, whole, sides, options)


def extend_side(image: Image.Image, growth: Growth, window: Size, options: ExtensionOptions,
                multiple_of: int = 64) -> Extension:
    """Extend a picture on one side; the region reaches at most ``window`` inwards from the new edge."""
    pixels = {side: growth.pixels if side is growth.side else 0 for side in Side}
    box = Box(pixels[Side.LEFT], pixels[Side.UP],
              pixels[Side.LEFT] + image.width, pixels[Side.UP] + image.height)
    size = Size(box.x2 + pixels[Side.RIGHT], box.y2 + pixels[Side.DOWN])
    region = _region(_round_up(size, multiple_of), size, growth.side, window)
    return _extension(image, Canvas(size, box, multiple_of), region, [growth.side], options)


def mask_around(size: Size, kept: Box, sides: Collection[Side], inset_px: int) -> Image.Image:
    """Return a white mask with a black rectangle over what is kept, smaller on the given sides.

    On the right and below the rectangle has one pixel more, as A1111 draws it, but never reaches into the
    new area.
    """
    outer = max(inset_px - 1, 0)
    x1 = kept.x1 + inset_px * (Side.LEFT in sides)
    y1 = kept.y1 + inset_px * (Side.UP in sides)
    x2 = kept.x2 - outer * (Side.RIGHT in sides)
    y2 = kept.y2 - outer * (Side.DOWN in sides)
    mask = Image.new("L", (size.width, size.height), 255)
    if x1 < x2 and y1 < y2:
        ImageDraw.Draw(mask).rectangle((x1, y1, x2 - 1, y2 - 1), fill=0)
    return mask


def seam_mask(canvas: Canvas, width_px: int) -> Image.Image:
    """Return a mask of the canvas's size, white in a band along the edges where old and new meet."""
    sides = [growth.side for growth in canvas.growths]
    half, box = width_px // 2, canvas.box
    x1, y1 = max(box.x1 - half * (Side.LEFT in sides), 0), max(box.y1 - half * (Side.UP in sides), 0)
    x2, y2 = box.x2 + half * (Side.RIGHT in sides), box.y2 + half * (Side.DOWN in sides)
    band = Image.new("L", (canvas.size.width, canvas.size.height))
    band.paste(mask_around(canvas.size, box, sides, half).crop((x1, y1, x2, y2)), (x1, y1))
    return band


def mend_seams(image: Image.Image, canvas: Canvas, width_px: int) -> Extension:
    """Prepare a finished picture for painting once more along its seams."""
    size = _round_up(canvas.size, canvas.multiple_of)
    mask = Image.new("L", (size.width, size.height))
    mask.paste(seam_mask(canvas, width_px))
    margins = ((0, size.height - image.height), (0, size.width - image.width), (0, 0))
    filled_up = Image.fromarray(np.pad(np.asarray(image.convert("RGB")), margins, mode="edge"))
    return Extension(filled_up, Box(0, 0, size.width, size.height), mask, mask, canvas.size)


def _share_out(length: int, before: int, after: int, multiple_of: int) -> tuple[int, int]:
    if before + after == 0:
        return 0, 0
    surplus = _up_to(length + before + after, multiple_of) - length
    before = before * surplus // (before + after)
    return before, surplus - before


def _up_to(length: int, multiple_of: int) -> int:
    return -(-length // multiple_of) * multiple_of


def _round_up(size: Size, multiple_of: int) -> Size:
    return Size(_up_to(size.width, multiple_of), _up_to(size.height, multiple_of))


def _region(canvas: Size, size: Size, side: Side, window: Size) -> Box:
    """Reach inwards from the new edge. What only fills the canvas up is included where latents need it."""
    if side in (Side.LEFT, Side.RIGHT):
        width = min(window.width, _up_to(size.width, LATENT_SCALE))
        left = 0 if side is Side.LEFT else canvas.width - width
        return Box(left, 0, left + width, canvas.height)
    height = min(window.height, _up_to(size.height, LATENT_SCALE))
    top = 0 if side is Side.UP else canvas.height - height
    return Box(0, top, canvas.width, top + height)


def _extension(image: Image.Image, plan: Canvas, region: Box, sides: Collection[Side],
               options: ExtensionOptions) -> Extension:
    """Paint the new area and draw both masks; the canvas is filled up to a whole multiple."""
    size = _round_up(plan.size, plan.multiple_of)
    mask, latent_mask = (mask_around(size, plan.box, sides, inset)
                         for inset in (options.mask_inset_px, options.latent_inset_px))
    canvas = _fill(image.convert("RGB"), size, plan.box, mask, options)
    return Extension(canvas, region, mask.crop(region.as_tuple()), latent_mask.crop(region.as_tuple()), plan.size)


def _fill(image: Image.Image, size: Size, box: Box, mask: Image.Image, options: ExtensionOptions) -> Image.Image:
    pixels = np.asarray(image)
    margins = ((box.y1, size.height - box.y2), (box.x1, size.width - box.x2), (0, 0))
    if options.fill is Fill.EDGE:
        return Image.fromarray(np.pad(pixels, margins, mode="edge"))
    if options.fill is Fill.MIRROR:
        return Image.fromarray(np.pad(pixels, margins, mode="symmetric"))
    canvas = np.pad(pixels, margins)
    if options.fill is Fill.NOISE:
        new = np.asarray(mask) > 0
        noise = matched_noise(canvas / 255, new.astype(np.float64), options.falloff_exponent, options.color_variation)
        canvas[new] = (noise[new] * 255).astype(np.uint8)
    return Image.fromarray(canvas)
