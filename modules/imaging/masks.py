"""Masks: 8-bit greys, white where the picture may change."""

from __future__ import annotations

import cv2
import numpy as np
from PIL import Image, ImageOps

from modules.foundation.size import Size
from modules.imaging.resizing import ResizeMode, resize_image

ALPHA_THRESHOLD = 128


def binary_mask(image: Image.Image, *, rounded: bool) -> Image.Image:
    """Read a mask from a picture: its alpha where it has any that is not opaque, else its brightness.

    ``rounded``: alpha becomes black or white; brightness stays as it is.
    """
    if image.has_transparency_data:
        alpha = image.convert("RGBA").getchannel("A")
        if alpha.getextrema() != (255, 255):
            return alpha.point(lambda value: 255 if value > ALPHA_THRESHOLD else 0) if rounded else alpha
    return image.convert("L")


def invert_mask(mask: Image.Image) -> Image.Image:
    """Swap what may change and what stays."""
    return ImageOps.invert(mask)


def fit_mask(mask: Image.Image, picture: Size, mode: ResizeMode) -> Image.Image:
    """Bring a mask to the size of its picture, in the way that picture itself would be resized."""
    return mask if mask.size == (picture.width, picture.height) else resize_image(mask, picture, mode)


def blur_mask(mask: Image.Image, blur_x: float, blur_y: float) -> Image.Image:
    """Soften a mask, first along x, then along y. Units: standard deviations in pixels; 0 leaves as is."""
    pixels = np.asarray(mask)
    if blur_x > 0:
        pixels = cv2.GaussianBlur(pixels, (_kernel_px(blur_x), 1), blur_x)
    if blur_y > 0:
        pixels = cv2.GaussianBlur(pixels, (1, _kernel_px(blur_y)), blur_y)
    return Image.fromarray(pixels)


def widen_mask(mask: Image.Image) -> Image.Image:
    """Double every value: the overlay of a whole picture gives way where its mask is at least half."""
    return mask.point(lambda value: min(2 * value, 255))


def latent_mask(mask: Image.Image, latent: Size, *, rounded: bool) -> np.ndarray:
    """Scale a mask to latent cells: 1 where latents are new.

    Shapes: [latent.height, latent.width], float32.
    """
    small = mask.convert("L").resize((latent.width, latent.height), Image.Resampling.BICUBIC)
    values = np.asarray(small, dtype=np.float32) / 255
    return np.around(values) if rounded else values


def _kernel_px(sigma: float) -> int:
    return 2 * int(2.5 * sigma + 0.5) + 1
