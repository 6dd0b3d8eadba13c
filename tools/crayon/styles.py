"""Turn a flat picture into pixel art, watercolour, pencil or a blurred one."""

from __future__ import annotations

import functools

import numpy as np
from PIL import Image, ImageFilter

PIXEL_GRID = 32


def apply_style(picture: Image.Image, style: str, seed: int) -> Image.Image:
    """Return the picture in the given style; flat and outline need no afterwork."""
    if style == "pixel art":
        return _pixelate(picture)
    if style == "watercolor":
        return _wash(picture, seed)
    if style == "pencil":
        return _hatch(picture, seed)
    return picture


def blur(picture: Image.Image) -> Image.Image:
    """Put the picture out of focus."""
    return picture.filter(ImageFilter.GaussianBlur(picture.width / 28))


def _pixelate(picture: Image.Image) -> Image.Image:
    small = picture.resize((PIXEL_GRID, PIXEL_GRID), Image.Resampling.BOX)
    steps = np.asarray(small).astype(np.float32) / 255
    steps = np.round(steps * 7) / 7 * 255
    coarse = Image.fromarray(steps.astype(np.uint8))
    return coarse.resize(picture.size, Image.Resampling.NEAREST)


def _wash(picture: Image.Image, seed: int) -> Image.Image:
    """Let edges bleed, let the pigment pool unevenly and let the paper shine through."""
    soft = picture.filter(ImageFilter.GaussianBlur(picture.width / 90))
    tones = np.asarray(soft).astype(np.float32)
    pools = _noise(picture.width, 9, seed % 16)[:, :, None]
    edges = np.abs(np.asarray(picture).astype(np.float32) - tones).mean(axis=2, keepdims=True)
    washed = 255 - (255 - tones) * (0.72 + 0.3 * pools) - edges * 0.9
    return Image.fromarray(washed.clip(0, 255).astype(np.uint8))


def _hatch(picture: Image.Image, seed: int) -> Image.Image:
    """Shade with diagonal strokes on paper."""
    tones = np.asarray(picture).astype(np.float32)
    strokes = _strokes(picture.width, seed % 16)[:, :, None]
    paper = np.array([250, 248, 240], np.float32)
    return Image.fromarray((tones + (paper - tones) * strokes).clip(0, 255).astype(np.uint8))


@functools.cache
def _noise(extent_px: int, cells: int, seed: int) -> np.ndarray:
    """Return smooth noise in [0, 1]; shape (extent, extent)."""
    grid = np.random.default_rng(seed).random((cells, cells)).astype(np.float32)
    return np.asarray(Image.fromarray(grid).resize((extent_px, extent_px), Image.Resampling.BICUBIC)).clip(0, 1)


@functools.cache
def _strokes(extent_px: int, seed: int) -> np.ndarray:
    """Return how much paper shows between the strokes, in [0, 0.5]; shape (extent, extent)."""
    y, x = np.mgrid[0:extent_px, 0:extent_px].astype(np.float32) / extent_px
    wobble = _noise(extent_px, 12, seed) * 0.35 + seed * 0.37
    bands = 0.5 + 0.5 * np.sin(((x + y) * 13 + wobble * 2) * 2 * np.pi)
    return (bands**1.5) * 0.4 + 0.06
