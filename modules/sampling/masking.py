"""Keeping the original picture outside an inpainting mask."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from modules.sampling.hooks import Denoising, MaskBlend, SamplingHooks


@dataclass(frozen=True)
class LatentMask:
    """The area to be made new (1) and the latents that stay elsewhere."""

    mask: Tensor
    original: Tensor
    hooks: SamplingHooks

    def blend(self, current: Tensor, denoiser: Denoising | None = None, sigma: float | None = None) -> Tensor:
        """Mix in the original; without a denoiser this is the final blend."""
        return self.hooks.blend_mask(MaskBlend(current, self.mask, self.original, sigma, denoiser, denoiser is None))
