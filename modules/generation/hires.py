"""The second pass of hires fix: enlarge what the first made, and denoise it again."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from modules.foundation.size import LATENT_SCALE, Size
from modules.generation.hires_plan import HiresPlan
from modules.generation.image_conditioning import ImageConditioner
from modules.generation.model_in_use import ModelInUse
from modules.generation.painter import Painted, Painter, Passage
from modules.generation.pixels import to_image, to_tensor
from modules.generation.plan import GenerationPlan
from modules.generation.prompt_plan import PlannedImage
from modules.imaging.resizing import Enlarge, ResizeMode, resize_image
from modules.sampling.guidance import ImageConditioning
from modules.sampling.start import InitialImage


class HiresPass:
    """Makes large pictures of small latents. ``enlarge`` is the upscaler of choice, where pictures are enlarged.

    Reference: A1111 v1.10.1 ``sample_hr_pass``.
    """

    def __init__(self, plan: GenerationPlan, hires: HiresPlan, model: ModelInUse, painter: Painter,
                 enlarge: Enlarge) -> None:
        self._plan = plan
        self._hires = hires
        self._model = model
        self._painter = painter
        self._enlarge = enlarge

    def encode_first(self, picture: Image.Image, images: Sequence[PlannedImage]) -> Tensor:
        """Return a finished picture as if it were the first pass's latents."""
        fitted = resize_image(picture.convert("RGB"), self._plan.made_size, ResizeMode.STRETCH)
        return self._model.model.encode(to_tensor(fitted)).draw_each([image.seed for image in images])

    def paint(self, first: Tensor, images: Sequence[PlannedImage]) -> Painted:
        """Enlarge the latents of a batch and make the second pass."""
        mode = self._hires.latent_mode
        pictures = None if mode else self._enlarge_pictures(first)
        if self._hires.checkpoint is not None:
            self._model.use(self._hires.checkpoint, self._hires.vae)
        seeds = [image.seed for image in images]
        if pictures is None:
            latents, pixels = self._enlarge_latents(first), None
        else:
            pixels = torch.cat([to_tensor(picture) for picture in pictures])
            # one generator for all, seeded with the last seed: what A1111's global one is at this point
            latents = self._model.model.encode(pixels).draw(torch.Generator().manual_seed(seeds[-1]))
        latents, cells = self._cut(latents), self._hires.size.latent
        size = Size(cells.width * LATENT_SCALE, cells.height * LATENT_SCALE)
        noise = self._painter.noise(images, size)
        conditioner = ImageConditioner(self._model, size)
        image = self._condition(conditioner, latents, pixels, seeds)
        told = self._hires.size.enlarged
        passage = Passage(images, size, self._hires.sampling, InitialImage(latents, self._hires.denoising_strength),
                          image, told_size=told, second=True)
        return self._painter.paint(passage, noise)

    def _condition(self, conditioner: ImageConditioner, latents: Tensor, pixels: Tensor | None, seeds: Sequence[int]
                   ) -> ImageConditioning | None:
        """Condition models that see a picture on the enlarged one; inpainting models as far as they are to see it."""
        hidden = self._model.sees_mask and self._hires.mask_weight == 1
        if hidden or not self._model.sees_picture:
            return conditioner.of_nothing(seeds)
        pixels = self._model.model.decode(latents) if pixels is None else pixels
        return conditioner.of_pictures(pixels, None, self._hires.mask_weight, seeds)

    def _enlarge_latents(self, latents: Tensor) -> Tensor:
        mode, cells = self._hires.latent_mode, self._hires.size.enlarged.latent
        assert mode is not None
        return F.interpolate(latents, (cells.height, cells.width), mode=mode.mode, antialias=mode.antialias)

    def _enlarge_pictures(self, latents: Tensor) -> list[Image.Image]:
        size = self._hires.size.enlarged
        decoded = (to_image(self._model.model.decode(one)[0]) for one in latents.split(1))
        return [resize_image(picture, size, ResizeMode.STRETCH, self._enlarge) for picture in decoded]

    def _cut(self, latents: Tensor) -> Tensor:
        across, down = self._hires.size.cut
        height, width = latents.shape[-2:]
        return latents[:, :, down // 2:height - (down + 1) // 2, across // 2:width - (across + 1) // 2]
