"""Steps of a run that scripts also call on their own."""

from __future__ import annotations

from typing import Any

from PIL import Image
from torch import Tensor

from modules.compat.host import HOST
from modules.foundation.box import Box
from modules.foundation.size import Size
from modules.generation.hires_plan import old_first_pass
from modules.imaging.color_correction import ColorTarget, color_target, correct_colors
from modules.imaging.compositing import lay_over
from modules.imaging.compositing import uncrop as put_back
from modules.imaging.masks import binary_mask
from modules.sampling.noise import slerp as mix_noise


def setup_color_correction(image: Image.Image) -> ColorTarget:
    """Remember the colours of a picture."""
    return color_target(image)


def apply_color_correction(correction: ColorTarget, original_image: Image.Image) -> Image.Image:
    """Give a picture the colours that were remembered."""
    return correct_colors(original_image, correction)


def uncrop(image: Image.Image, dest_size: tuple[int, int], paste_loc: tuple[int, int, int, int]) -> Image.Image:
    """Put the result for a part of a picture in its place; ``paste_loc`` is x, y, width, height."""
    x, y, width, height = paste_loc
    return put_back(image, Size(*dest_size), Box(x, y, x + width, y + height))


def apply_overlay(image: Image.Image, paste_loc: tuple[int, int, int, int] | None, overlay: Image.Image | None
                  ) -> tuple[Image.Image, Image.Image]:
    """Lay a picture over a result; return both the composition and the result alone."""
    if overlay is None:
        return image, image.copy()
    box = None
    if paste_loc is not None:
        x, y, width, height = paste_loc
        box = Box(x, y, x + width, y + height)
    alone = image.copy() if box is None else put_back(image, Size(*overlay.size), box)
    return lay_over(image, overlay, box), alone


def create_binary_mask(image: Image.Image, round: bool = True) -> Image.Image:
    """Read a mask from a picture: its alpha where it has any, else its brightness."""
    return binary_mask(image, rounded=round)


def old_hires_fix_first_pass_dimensions(width: int, height: int) -> tuple[int, int]:
    """Return the size of the first pass as A1111 chose it before 1.0."""
    first = old_first_pass(Size(width, height))
    return first.width, first.height


def slerp(val: float, low: Tensor, high: Tensor) -> Tensor:
    """Mix two noises along a great circle."""
    return mix_noise(val, low, high)


def decode_latent_batch(model: Any, batch: Tensor, target_device: Any = None, check_for_nans: bool = False
                        ) -> list[Tensor]:
    """Decode latents one by one. Shapes: [N, C, h, w] -> N times [3, H, W]. Range: about -1 to 1."""
    loaded = HOST.require().bench.models.current
    decoded = [] if loaded is None else [loaded.decode(one)[0] for one in batch.split(1)]
    return decoded if target_device is None else [one.to(target_device) for one in decoded]
