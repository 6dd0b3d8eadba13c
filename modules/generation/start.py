"""From a prepared picture to the latents and masks that sampling starts with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from modules.engine.posterior import Posterior
from modules.foundation.size import Size
from modules.generation.model_in_use import ModelInUse
from modules.generation.picture_plan import LATENT_NOISE, LATENT_NOTHING, PicturePlan
from modules.generation.pixels import to_tensor
from modules.generation.prepared_picture import PreparedPicture
from modules.imaging.masks import latent_mask
from modules.sampling.noise import NoiseSource
from modules.sampling.start import InitialImage


@dataclass(frozen=True)
class EncodedPicture:
    """A prepared picture and what the VAE makes of it."""

    prepared: PreparedPicture
    pixels: Tensor
    """Shapes: [1, 3, H, W]. Range: -1 to 1."""
    posterior: Posterior


def encode(prepared: PreparedPicture, model: ModelInUse) -> EncodedPicture:
    """Encode a prepared picture. Raises: InvalidPictureError."""
    pixels = to_tensor(prepared.image)
    return EncodedPicture(prepared, pixels, model.model.encode(pixels))


@dataclass(frozen=True)
class Starter:
    """Makes the start of one batch; ``size`` is the one that is worked on."""

    plan: PicturePlan
    size: Size

    def start(self, pictures: Sequence[EncodedPicture], seeds: Sequence[int], noise: NoiseSource,
              ) -> InitialImage:
        """Return where sampling starts.

        A1111 draws the posterior from a generator that nobody seeds; here each picture's own seed decides, so
        that the same settings always give the same picture.
        """
        latents = torch.cat([fit(picture.posterior.draw_each([seed]), self.size)
                             for picture, seed in zip(pictures, seeds)])
        mask = self._mask(pictures)
        if mask is not None:
            latents = self._fill(latents, mask, noise)
        return InitialImage(latents, self.plan.denoising_strength, mask, self.plan.noise_multiplier)

    def _mask(self, pictures: Sequence[EncodedPicture]) -> Tensor | None:
        """Return 1 where latents are new. Shapes: [N, 1, h, w]."""
        masks = [picture.prepared.mask for picture in pictures]
        if self.plan.mask is None or any(mask is None for mask in masks):
            return None
        rounded = self.plan.mask.rounded
        rows = [torch.from_numpy(latent_mask(mask.latent, self.size.latent, rounded=rounded).copy())
                for mask in masks if mask is not None]
        return torch.stack(rows)[:, None]

    def _fill(self, latents: Tensor, mask: Tensor, noise: NoiseSource) -> Tensor:
        assert self.plan.mask is not None
        if self.plan.mask.content == LATENT_NOISE:
            return latents * (1 - mask) + noise.plain().to(latents) * mask
        if self.plan.mask.content == LATENT_NOTHING:
            return latents * (1 - mask)
        return latents


def covered_by(mask: Image.Image, *, rounded: bool) -> Tensor:
    """Return a mask as numbers. Shapes: [1, 1, H, W]. Range: 0 to 1."""
    grey = torch.from_numpy(np.asarray(mask.convert("L"), dtype=np.float32) / 255)[None, None]
    return grey.round() if rounded else grey


def fit(latents: Tensor, size: Size) -> Tensor:
    """Bring latents to a size."""
    cells = size.latent.height, size.latent.width
    return latents if latents.shape[-2:] == cells else F.interpolate(latents, cells, mode="bilinear")
