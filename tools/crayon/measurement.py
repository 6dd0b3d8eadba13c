"""Tell colours and backgrounds of a picture from its pixels."""

from __future__ import annotations

import functools
import random

import numpy as np
from PIL import Image

from tools.crayon.backdrops import paint_backdrop
from tools.crayon.palette import COLOURS, darker, lighter
from tools.crayon.scene import PAPERS, PLACES, Scene, Thing

BACKGROUNDS = (*PLACES, *(f"{paper} paper" for paper in PAPERS))
_EXTENT_PX = 64
_FRAME = 0.1
_BACKDROP_DISTANCE = 42.0


def object_colour(picture: np.ndarray, background: str) -> str:
    """Name the colour that covers most of what is not background.

    Shapes: picture: [h, w, 3], uint8
    """
    pixels = _small(picture).reshape(-1, 3)
    tones = _tones(background)
    distance = np.sqrt(((pixels[:, None] - tones) ** 2).sum(2)).min(1)
    figure = pixels[distance > _BACKDROP_DISTANCE]
    if len(figure) < 20:
        return "none"
    names, shades = _shades()
    nearest = ((figure[:, None] - shades) ** 2).sum(2).argmin(1)
    counts = np.bincount(np.asarray(names)[nearest], minlength=len(COLOURS))
    return tuple(COLOURS)[int(counts.argmax())]


def background_of(picture: np.ndarray) -> str:
    """Name the background whose frame is most like the picture's.

    Shapes: picture: [h, w, 3], uint8
    """
    pixels, frame = _small(picture), _frame()
    differences = [np.abs(pixels - _backdrop(name))[frame].mean() for name in BACKGROUNDS]
    return BACKGROUNDS[int(np.argmin(differences))]


def _small(picture: np.ndarray) -> np.ndarray:
    resized = Image.fromarray(picture).resize((_EXTENT_PX, _EXTENT_PX), Image.Resampling.BOX)
    return np.asarray(resized).astype(np.float32)


def _frame() -> np.ndarray:
    width = round(_EXTENT_PX * _FRAME)
    frame = np.ones((_EXTENT_PX, _EXTENT_PX), bool)
    frame[width:-width, width:-width] = False
    return frame


@functools.cache
def _backdrop(name: str) -> np.ndarray:
    """Return the average backdrop of this name; shape (extent, extent, 3)."""
    paper = name.removesuffix(" paper") if name.endswith(" paper") else None
    scene = Scene(Thing("circle", "red"), place=None if paper else name, paper=paper)
    drawn = [np.asarray(paint_backdrop(scene, _EXTENT_PX, random.Random(seed))) for seed in range(8)]
    return np.mean(drawn, axis=0).astype(np.float32)


@functools.cache
def _tones(name: str) -> np.ndarray:
    """Return the tones that make up a backdrop; shape (tones, 3)."""
    backdrop = _backdrop(name)
    return backdrop[::2, _EXTENT_PX // 2].reshape(-1, 3)


@functools.cache
def _shades() -> tuple[tuple[int, ...], np.ndarray]:
    """Return every colour in its plain, darker and lighter shade, and which colour each shade belongs to."""
    shades, owners = [], []
    for index, (name, colour) in enumerate(COLOURS.items()):
        variants = (
            [colour] if name in ("black", "white", "gray", "brown") else [colour, darker(colour), lighter(colour)]
        )
        shades += variants
        owners += [index] * len(variants)
    return tuple(owners), np.array(shades, np.float32)
