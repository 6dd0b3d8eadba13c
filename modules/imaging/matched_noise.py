"""Noise that continues a picture: random, but with the picture's frequencies and colours."""

from __future__ import annotations

import numpy as np
import scipy.fft

from modules.imaging.histograms import distribution_of, match_distribution

MASKED = 1e-6
"""Cells of a mask above this receive noise."""
KEPT = 1e-3
"""Cells of a mask below this lend their colours."""


def matched_noise(picture: np.ndarray, mask: np.ndarray, falloff_exponent: float = 1.0,
                  color_variation: float = 0.05) -> np.ndarray:
    """Fill the masked part of a picture with noise that resembles the rest of it; always the same noise.

    ``falloff_exponent``: 0..4, lower gives finer detail. ``color_variation``: 0 is grey noise, 1 full colour.

    Shapes: picture [h,w,3], mask [h,w], both 0..1, 1 = fill. Reference: A1111 v1.10.1 outpainting mk2.
    """
    kept = 1 - mask[..., None]
    spectrum = _fft(_windowed(picture, kept))
    strength = np.abs(spectrum)
    phase = np.divide(spectrum, strength, out=np.ones_like(spectrum), where=strength > 0)
    noise = np.abs(_fft(_soft_noise(picture.shape, color_variation))) ** 2
    shaped = _stretch(np.real(_inverse_fft(noise * strength ** falloff_exponent * phase)))
    _lend_colors(picture, shaped, mask)
    return np.clip(picture * kept + shaped * mask[..., None], 0, 1)


def _windowed(picture: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Return the kept part at full brightness, on the average grey of the picture."""
    visible = picture * kept
    brightest = visible.max()
    return visible / (brightest if brightest > 0 else 1) + picture.mean() * (1 - kept)


def _soft_noise(shape: tuple[int, ...], color_variation: float) -> np.ndarray:
    """Return uniform noise whose high frequencies are weakened; the seed is fixed."""
    noise = np.random.default_rng(0).random(shape)
    noise = noise * color_variation + (1 - color_variation) * noise.mean(axis=2, keepdims=True)
    height, width = shape[:2]
    y, x = (np.arange(length) / length * 2 - 1 for length in (height, width))
    y, x = y * height / min(height, width), x * width / min(height, width)
    falloff = 1 / ((y[:, None] ** 2 + 1) * (x ** 2 + 1))
    return np.real(_inverse_fft(_fft(noise) * falloff[..., None]))


def _stretch(values: np.ndarray) -> np.ndarray:
    values = values - values.min()
    return values / (values.max() or 1)


def _lend_colors(picture: np.ndarray, noise: np.ndarray, mask: np.ndarray) -> None:
    """Give the noise, per channel, the distribution of the kept pixels; where nothing is kept it stays."""
    masked, kept = mask > MASKED, mask < KEPT
    if not masked.any() or not kept.any():
        return
    for channel in range(noise.shape[2]):
        target = distribution_of(picture[kept, channel])
        noise[masked, channel] = match_distribution(noise[masked, channel], target)


def _fft(values: np.ndarray) -> np.ndarray:
    """Transform each channel, low frequencies in the middle on both sides."""
    shifted = scipy.fft.fftshift(values, axes=(0, 1))
    return scipy.fft.ifftshift(scipy.fft.fft2(shifted, axes=(0, 1), norm="ortho"), axes=(0, 1))


def _inverse_fft(values: np.ndarray) -> np.ndarray:
    shifted = scipy.fft.fftshift(values, axes=(0, 1))
    return scipy.fft.ifftshift(scipy.fft.ifft2(shifted, axes=(0, 1), norm="ortho"), axes=(0, 1))
