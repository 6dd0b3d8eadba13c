"""Making small pictures from large ones, in as many ways as small pictures come about."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

KERNELS = (Image.Resampling.LANCZOS, Image.Resampling.BICUBIC, Image.Resampling.BILINEAR, Image.Resampling.BOX)
MAX_BLUR_PX = 2.4
"""Radius in the large picture; a quarter of it in the small one."""
MAX_NOISE = 3.0
"""Standard deviation in levels of 255."""
BLURRED, NOISY = 0.35, 0.35


def shrink(large: np.ndarray, scale: int, rng: np.random.Generator) -> np.ndarray:
    """Make a picture small, sometimes blurring it first and adding noise after.

    Shapes: [H,W,3] uint8 -> [H/scale,W/scale,3] uint8.
    """
    picture = Image.fromarray(large)
    if rng.random() < BLURRED:
        picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0, MAX_BLUR_PX)))
    size = (picture.width // scale, picture.height // scale)
    small = np.asarray(picture.resize(size, KERNELS[rng.integers(len(KERNELS))]))
    if rng.random() < NOISY:
        noise = rng.normal(0, rng.uniform(0, MAX_NOISE), small.shape)
        small = np.clip(np.rint(small + noise), 0, 255).astype(np.uint8)
    return small
