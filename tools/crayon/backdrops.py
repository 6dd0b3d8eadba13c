"""Paint the background of a scene."""

from __future__ import annotations

import random

import numpy as np
from PIL import Image, ImageDraw

from tools.crayon.palette import RGB, mix, pastel
from tools.crayon.scene import Scene

_SKIES: dict[str, tuple[RGB, RGB]] = {
    "day": ((122, 196, 250), (206, 236, 255)),
    "night": ((16, 20, 62), (44, 50, 108)),
    "sunset": ((120, 84, 160), (255, 190, 130)),
    "snow": ((176, 198, 224), (214, 226, 240)),
    "sea": ((196, 232, 250), (224, 244, 255)),
    "grass": ((186, 226, 250), (222, 242, 255)),
}
_GROUNDS: dict[str, tuple[RGB, float]] = {
    "day": ((224, 214, 160), 0.8),
    "night": ((34, 46, 70), 0.8),
    "sunset": ((120, 74, 96), 0.8),
    "snow": ((244, 247, 252), 0.66),
    "sea": ((96, 178, 222), 0.4),
    "grass": ((142, 206, 96), 0.6),
}


def paint_backdrop(scene: Scene, extent_px: int, rng: random.Random) -> Image.Image:
    """Return the background as an RGB picture of `extent_px` × `extent_px`."""
    if scene.place is None:
        return Image.new("RGB", (extent_px, extent_px), pastel(scene.paper or "white"))
    picture = _gradient(*_SKIES[scene.place], extent_px)
    canvas = ImageDraw.Draw(picture)
    if scene.place == "night":
        _dots(canvas, extent_px, rng, (16, 0.72, 0.006, (250, 244, 200)))
    _ground(canvas, extent_px, scene.place, rng)
    if scene.place == "snow":
        _dots(canvas, extent_px, rng, (18, 0.64, 0.011, (255, 255, 255)))
    return picture


def _gradient(top: RGB, bottom: RGB, extent_px: int) -> Image.Image:
    share = np.linspace(0, 1, 64)[:, None, None]
    column = np.array(top) * (1 - share) + np.array(bottom) * share
    return Image.fromarray(column.round().astype(np.uint8)).resize((extent_px, extent_px), Image.Resampling.BILINEAR)


def _ground(canvas: ImageDraw.ImageDraw, extent_px: int, place: str, rng: random.Random) -> None:
    tone, horizon = _GROUNDS[place]
    level = (horizon + rng.uniform(-0.03, 0.03)) * extent_px
    canvas.rectangle((0, level, extent_px, extent_px), fill=tone)
    if place == "sea":
        _waves(canvas, extent_px, level, mix(tone, (255, 255, 255), 0.35))
    elif place in ("grass", "snow"):
        rise = rng.uniform(0.05, 0.1) * extent_px
        left = rng.uniform(-0.5, 0.3) * extent_px
        canvas.ellipse((left, level - rise, left + 1.2 * extent_px, level + rise * 2), fill=tone)


def _waves(canvas: ImageDraw.ImageDraw, extent_px: int, level: float, tone: RGB) -> None:
    width = max(1, round(extent_px * 0.012))
    for row in range(3):
        y = level + (0.12 + 0.17 * row) * extent_px
        for wave in range(-1, 6):
            x = (wave * 0.24 + 0.12 * (row % 2)) * extent_px
            canvas.arc((x, y, x + 0.14 * extent_px, y + 0.07 * extent_px), 200, 340, fill=tone, width=width)


def _dots(canvas: ImageDraw.ImageDraw, extent_px: int, rng: random.Random, look: tuple[int, float, float, RGB]) -> None:
    """Scatter stars or flakes; `look` is how many, how far down, their radius and their tone."""
    number, depth, radius, tone = look
    for _ in range(number):
        x, y, reach = rng.random() * extent_px, rng.random() * depth * extent_px, radius * extent_px
        canvas.ellipse((x - reach, y - reach, x + reach, y + reach), fill=tone)
