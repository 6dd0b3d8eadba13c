"""Where a picture is interesting: corners and detail."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

from modules.foundation.size import Size

MAX_CORNERS = 100
CORNER_QUALITY = 0.04
"""A corner counts from this part of the strongest one's strength."""
WORKING_PX = 1024
"""Larger pictures are looked at in this size."""
ENTROPY_STEP_PX = 4
GREY_LEVELS = 64


@dataclass(frozen=True)
class Point:
    """A place in a picture and how much it counts."""

    x: float
    y: float
    weight: float


def find_edge_point(image: Image.Image, weight: float) -> Point | None:
    """Return the middle of the strongest corners; None where there are none.

    Reference: Shi and Tomasi, "Good Features to Track", 1994.
    """
    grey, scale = _to_grey(image)
    strength = _corner_strength(grey)
    peaks = strength == ndimage.maximum_filter(strength, size=7)
    rows, columns = np.nonzero(peaks & (strength > CORNER_QUALITY * strength.max(initial=0)) & (strength > 1e-3))
    if not len(rows):
        return None
    strongest = np.argsort(strength[rows, columns])[::-1][:MAX_CORNERS]
    return Point(float(columns[strongest].mean() + 0.5) * scale, float(rows[strongest].mean() + 0.5) * scale, weight)


def find_entropy_point(image: Image.Image, target: Size, weight: float) -> Point:
    """Return the middle of the part of the target's size, along the side that exceeds it, with most detail."""
    across = image.width * target.height >= image.height * target.width
    grey, scale = _to_grey(image)
    lines = grey.T if across else grey
    window = max(round((target.width if across else target.height) / scale), 1)
    start = _busiest_start(lines, min(window, len(lines)), max(round(ENTROPY_STEP_PX / scale), 1))
    middle = (start + min(window, len(lines)) / 2) * scale
    return Point(middle, image.height / 2, weight) if across else Point(image.width / 2, middle, weight)


def _to_grey(image: Image.Image) -> tuple[np.ndarray, float]:
    """Return grey levels 0 to 255 of the picture, shrunk where it is large, and how much it was shrunk."""
    scale = max(max(image.size) / WORKING_PX, 1.0)
    grey = image.convert("L")
    if scale > 1:
        size = (max(1, round(image.width / scale)), max(1, round(image.height / scale)))
        grey = grey.resize(size, Image.Resampling.BOX)
    return np.asarray(grey, dtype=np.float32), scale


def _corner_strength(grey: np.ndarray) -> np.ndarray:
    """Return the smaller eigenvalue of the gradients' covariance around each pixel."""
    dx, dy = ndimage.sobel(grey, axis=1), ndimage.sobel(grey, axis=0)
    xx, yy, xy = (ndimage.uniform_filter(product, size=3) for product in (dx * dx, dy * dy, dx * dy))
    return (xx + yy) / 2 - np.sqrt(((xx - yy) / 2) ** 2 + xy * xy)


def _busiest_start(lines: np.ndarray, window: int, step: int) -> int:
    """Return where the run of ``window`` lines with the highest entropy begins."""
    levels = (lines * (GREY_LEVELS / 256)).astype(np.int64)
    counts = np.zeros((len(lines) + 1, GREY_LEVELS))
    for number, line in enumerate(levels):
        counts[number + 1] = counts[number] + np.bincount(line, minlength=GREY_LEVELS)
    starts = np.arange(0, len(lines) - window + 1, step)
    shares = (counts[starts + window] - counts[starts]) / (window * lines.shape[1])
    entropies = -(shares * np.log2(np.where(shares > 0, shares, 1))).sum(axis=1)
    best = np.nonzero(entropies >= entropies.max() - 1e-9)[0]
    return int(starts[best[len(best) // 2]])
