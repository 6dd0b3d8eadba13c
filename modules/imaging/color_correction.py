"""Giving a result the colours of the picture it came from."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from modules.imaging.histograms import Distribution, distribution_of, match_distribution

RED, GREEN, BLUE = 0.299, 0.587, 0.114
"""The share of each channel in a colour's luminosity."""
BAND_ROWS = 256


@dataclass(frozen=True)
class ColorTarget:
    """How a picture's 8-bit L*, a* and b* are distributed."""

    channels: tuple[Distribution, ...]


def color_target(image: Image.Image) -> ColorTarget:
    """Remember the colours of a picture."""
    lab = cv2.cvtColor(np.asarray(image.convert("RGB")), cv2.COLOR_RGB2LAB)
    return ColorTarget(tuple(distribution_of(lab[..., channel]) for channel in range(3)))


def correct_colors(image: Image.Image, target: ColorTarget) -> Image.Image:
    """Match the colours of a picture to the target, and keep its own brightness."""
    pixels = np.asarray(image.convert("RGB"))
    lab = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB)
    matched = np.stack([match_distribution(lab[..., channel], distribution)
                        for channel, distribution in enumerate(target.channels)], axis=-1)
    colors = cv2.cvtColor(matched.astype(np.uint8), cv2.COLOR_LAB2RGB)
    return Image.fromarray(blend_luminosity(colors, pixels))


def blend_luminosity(colors: np.ndarray, brightness: np.ndarray) -> np.ndarray:
    """Combine the hue and saturation of one picture with the luminosity of another.

    Shapes: both [h,w,3] uint8, as is the result. Reference: W3C Compositing and Blending Level 1,
    "luminosity", with the rounding (down) of the blendmodes package, for A1111's pictures.
    """
    bands = [slice(start, start + BAND_ROWS) for start in range(0, len(colors), BAND_ROWS)]
    return np.concatenate([_blend_band(colors[band] / 255, brightness[band] / 255) for band in bands])


def _blend_band(colors: np.ndarray, brightness: np.ndarray) -> np.ndarray:
    shifted = colors + (_luminosity(brightness) - _luminosity(colors))
    return (_clip_color(shifted) * 255).astype(np.uint8)


def _luminosity(color: np.ndarray) -> np.ndarray:
    return (color[..., 0] * RED + color[..., 1] * GREEN + color[..., 2] * BLUE)[..., None]


def _clip_color(color: np.ndarray) -> np.ndarray:
    """Draw colours outside 0..1 towards their own grey until they fit."""
    grey = _luminosity(color)
    lowest, highest = color.min(-1, keepdims=True), color.max(-1, keepdims=True)
    below = np.where(lowest < 0, grey / np.where(lowest < 0, grey - lowest, 1), 1)
    above = np.where(highest > 1, (1 - grey) / np.where(highest > 1, highest - grey, 1), 1)
    drawn = grey + (color - grey) * below * above
    return np.clip(np.where((lowest < 0) | (highest > 1), drawn, color), 0, 1)
