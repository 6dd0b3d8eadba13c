"""From a prepared picture to the latents, masks and image conditioning that sampling starts with."""

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
from modules.sampling.guidance import ImageConditioning
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
        latents = torch.cat([_fit(picture.posterior.draw_each([seed]), self.size)
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


class MaskConditioner:
    """Makes what inpainting models see besides the noisy latents: the mask, and the picture around it.

    Shapes of the result: [N, 1 + C, h, w]. Reference: A1111 v1.10.1 ``inpainting_image_conditioning``.
    """

    def __init__(self, model: ModelInUse, size: Size) -> None:
        self._model = model
        self._size = size

    def of_nothing(self, seeds: Sequence[int]) -> ImageConditioning | None:
        """Condition on a grey picture that is all masked; None for models that see no mask."""
        if not self._model.sees_mask:
            return None
        return self._join(torch.zeros(1, 3, self._size.height, self._size.width), None, seeds)

    def of_pictures(self, pixels: Tensor, covered: Tensor | None, weight: float, seeds: Sequence[int]
                    ) -> ImageConditioning | None:
        """Condition on pictures and the mask of what is made new. ``weight`` 0 shows what the mask covers.

        Shapes: ``pixels`` [1 or N, 3, H, W]; ``covered`` [1, 1, H, W], None: everything.
        """
        if not self._model.sees_mask:
            return None
        mask = torch.ones(1, 1, *pixels.shape[-2:]) if covered is None else covered
        return self._join(torch.lerp(pixels, pixels * (1 - mask), weight), covered, seeds)

    def _join(self, pixels: Tensor, covered: Tensor | None, seeds: Sequence[int]) -> ImageConditioning:
        latents = _fit(self._model.model.encode(pixels).draw_each(seeds), self._size)
        mask = torch.ones(1, 1, 1, 1) if covered is None else covered
        cells = F.interpolate(mask, latents.shape[-2:]).expand(len(latents), -1, -1, -1)
        return ImageConditioning(torch.cat([cells, latents], dim=1))


def covered_by(mask: Image.Image, *, rounded: bool) -> Tensor:
    """Return a mask as numbers. Shapes: [1, 1, H, W]. Range: 0 to 1."""
    grey = torch.from_numpy(np.asarray(mask.convert("L"), dtype=np.float32) / 255)[None, None]
    return grey.round() if rounded else grey


def _fit(latents: Tensor, size: Size) -> Tensor:
    cells = size.latent.height, size.latent.width
    return latents if latents.shape[-2:] == cells else F.interpolate(latents, cells, mode="bilinear")
