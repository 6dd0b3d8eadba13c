"""Rough pictures of latents while they are still being denoised."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from PIL import Image

from modules.families.latent_preview import LatentPreview
from modules.generation.pixels import to_image


@dataclass(frozen=True)
class PreviewPlan:
    """Whether and how often previews are made. ``every_steps`` -1: only when a batch is finished."""

    enabled: bool = True
    every_steps: int = 1
    full: bool = False
    whole_batch: bool = True

    def due(self, step: int) -> bool:
        return self.enabled and self.every_steps > 0 and step % self.every_steps == 0


def approximate(latents: torch.Tensor, preview: LatentPreview) -> torch.Tensor:
    """Turn latents into small pictures with one matrix product.

    Shapes: ``[B, C, h, w]`` -> ``[B, 3, h, w]``. Range: about -1 to 1.
    """
    matrix = torch.tensor(preview.rgb, dtype=latents.dtype, device=latents.device)
    bias = torch.tensor(preview.bias, dtype=latents.dtype, device=latents.device)
    return torch.einsum("bchw,cr->brhw", latents, matrix) + bias[:, None, None]


def render_preview(latents: torch.Tensor, plan: PreviewPlan,
                   decode: Callable[[torch.Tensor], torch.Tensor]) -> Image.Image:
    """Make one picture of a batch: its images side by side, or the first one."""
    chosen = latents if plan.whole_batch else latents[:1]
    return tile([to_image(pixels) for pixels in decode(chosen)])


def tile(images: Sequence[Image.Image]) -> Image.Image:
    """Put equally large pictures side by side, as square as possible."""
    columns = next(count for count in range(1, len(images) + 1) if count * count >= len(images))
    width, height = images[0].size
    sheet = Image.new("RGB", (columns * width, -(-len(images) // columns) * height))
    for index, image in enumerate(images):
        sheet.paste(image, (index % columns * width, index // columns * height))
    return sheet
