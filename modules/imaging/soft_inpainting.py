"""Soft inpainting: a mask that says how much may change instead of what.

While sampling, each step mixes the original latents in, less and less towards the end. Afterwards the
original is laid over the result only where the two are alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image, ImageFilter

from modules.foundation.size import Size
from modules.imaging.resizing import ResizeMode, resize_image

KERNEL_RADIUS = 2
KERNEL_SIGMA = 1.5
OVERLAY_BLUR_PX = 4
MINIMUM_WINDOW = 1.0
"""A percentile window spans at least the weight of one cell, the one in the middle."""
SMALLEST_DISTANCE = 1e-12


@dataclass(frozen=True)
class SoftBlend:
    """How an inpainted area flows into its surroundings. Defaults are A1111's soft inpainting's."""

    schedule_bias: float = 1.0
    preservation_strength: float = 0.5
    contrast_boost: float = 4.0
    mask_influence: float = 0.0
    difference_threshold: float = 0.5
    difference_contrast: float = 2.0


def blend_latents(original: torch.Tensor, current: torch.Tensor, new_share: torch.Tensor,
                  sigma: torch.Tensor | float, options: SoftBlend) -> torch.Tensor:
    """Mix the original into what a step has found, keeping the strength of both.

    Plain mixing of unlike latents makes them weak and pictures grey, so the mix gets the length that
    both have on (a power) average.

    Shapes: latents [B,C,h,w]; ``new_share`` [h,w] or [B,1,h,w], 1 = new; ``sigma`` a number or [B].
    """
    shares = new_share.to(current).expand(len(current), 1, *current.shape[-2:])
    sigma = torch.as_tensor(sigma).to(current).reshape(-1, 1, 1, 1)
    exponents = (sigma ** options.schedule_bias * options.preservation_strength).expand(len(current), 1, 1, 1)
    # One image at a time: vector units round by position, and an image is to come out of a batch as it does alone.
    return torch.cat([_blend_image(one, new, share ** exponent, options.contrast_boost)
                      for one, new, share, exponent in zip(*(each.split(1) for each in (
                          original, current, shares, exponents)))])


def overlay_masks(original: torch.Tensor, processed: torch.Tensor, new_share: torch.Tensor,
                  options: SoftBlend, size: Size) -> list[Image.Image]:
    """Say for each image of a batch where the result differs enough from the original to be shown.

    Shapes: latents [B,4,h,w]; ``new_share`` [h,w], 1 = new; the masks are of ``size``, white = show the result.
    """
    distances = torch.linalg.vector_norm((processed - original).float(), dim=1).cpu().numpy()
    half_way = _half_way_distance(new_share.float().cpu().numpy(), options)
    return [_overlay_mask(distance, half_way, options, size) for distance in distances]


def percentile_mean(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Replace each cell by a mean of its 5x5 neighbourhood that ignores what is too small or too large.

    The neighbours, weighted by nearness, are stacked by value; averaged is the part of the stack between two
    heights. Cells outside do not count.

    Shapes: values [h,w]. Range: 0 <= low <= high <= 1, shares of the stack's height.
    """
    neighbours, weights = _neighbourhoods(values)
    order = np.argsort(neighbours, axis=-1)
    neighbours, weights = (np.take_along_axis(each, order, axis=-1) for each in (neighbours, weights))
    tops = np.cumsum(weights, axis=-1)
    start, end = _window(tops[..., -1:], low, high)
    shares = np.clip(np.minimum(tops, end) - np.maximum(tops - weights, start), 0, None)
    return (neighbours * shares).sum(-1) / shares.sum(-1)


def _blend_image(original: torch.Tensor, current: torch.Tensor, share: torch.Tensor, contrast_boost: float
                 ) -> torch.Tensor:
    mixed = torch.lerp(original, current, share)
    wanted = _power_mean(_lengths(original), _lengths(current), share.float(), contrast_boost)
    return mixed * (wanted / (_lengths(mixed) + 1e-5)).to(mixed.dtype)


def _lengths(latents: torch.Tensor) -> torch.Tensor:
    return torch.linalg.vector_norm(latents.float(), dim=1, keepdim=True)


def _power_mean(first: torch.Tensor, second: torch.Tensor, share: torch.Tensor, power: float) -> torch.Tensor:
    """Return ``(first^power · (1 - share) + second^power · share)^(1/power)``, through logarithms.

    Powers up to 32 leave the range of 32 bits, and not every device has more.
    """
    weighed = torch.logaddexp(torch.log1p(-share) + power * first.log(), share.log() + power * second.log())
    return torch.exp(weighed / power)


def _half_way_distance(new_share: np.ndarray, options: SoftBlend) -> np.ndarray:
    """Return the distance at which original and result are shown in equal parts."""
    by_mask = 1 - np.clip(new_share, 0, 1) ** (options.preservation_strength / 2)
    scale = 0.5 * (1 - options.mask_influence) + by_mask * options.mask_influence
    return options.difference_threshold * scale / (1.00001 - scale)


def _overlay_mask(distance: np.ndarray, half_way: np.ndarray, options: SoftBlend, size: Size) -> Image.Image:
    distance = percentile_mean(percentile_mean(distance, 0.9, 1.0), 0.25, 0.75)
    relative = distance / np.maximum(half_way, SMALLEST_DISTANCE)
    alike = _smootherstep(1 / (1 + relative ** options.difference_contrast))
    mask = Image.fromarray((255 * (1 - alike)).astype(np.uint8))
    return resize_image(mask, size, ResizeMode.FILL).filter(ImageFilter.GaussianBlur(OVERLAY_BLUR_PX))


def _smootherstep(share: np.ndarray) -> np.ndarray:
    return share ** 3 * (share * (share * 6 - 15) + 10)


def _neighbourhoods(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return every cell's neighbours and their weights. Shapes: both [h,w,25]."""
    side = 2 * KERNEL_RADIUS + 1
    windows = [np.lib.stride_tricks.sliding_window_view(np.pad(each, KERNEL_RADIUS), (side, side))
               for each in (values.astype(np.float64), np.ones(values.shape))]
    neighbours, inside = (each.reshape(*values.shape, side * side) for each in windows)
    return neighbours, inside * _kernel().ravel()


def _kernel() -> np.ndarray:
    """Return weights by distance: a bell that is 1 in the middle and 0 one cell beyond the radius."""
    offsets = np.arange(-KERNEL_RADIUS, KERNEL_RADIUS + 1)
    bell = np.exp(-(offsets[:, None] ** 2 + offsets ** 2) / KERNEL_SIGMA ** 2)
    floor = np.exp(-(KERNEL_RADIUS + 1) ** 2 / KERNEL_SIGMA ** 2)
    return (bell - floor) / (1 - floor)


def _window(height: np.ndarray, low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the heights of a stack to average between: not too narrow, and within the stack."""
    width = np.maximum((high - low) * height, MINIMUM_WINDOW)
    start = np.clip((low + high) / 2 * height - width / 2, 0, np.maximum(height - width, 0))
    return start, start + width
