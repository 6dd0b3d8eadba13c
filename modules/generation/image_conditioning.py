"""What some models see besides text and the noisy latents: a mask, the picture to change, or how far away things are.

Reference: A1111 v1.10.1 ``img2img_image_conditioning`` and ``txt2img_image_conditioning``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from modules.families.description import Conditioning
from modules.foundation.size import Size
from modules.generation.model_in_use import ModelInUse
from modules.generation.start import fit
from modules.sampling.guidance import ImageConditioning


class ImageConditioner:
    """Makes what the model in use sees, at one size; nothing for models that see nothing.

    Shapes of the result: [N, c, h, w], where c is 1 + C for inpainting models, C for those that edit, 1 for depth.
    """

    def __init__(self, model: ModelInUse, size: Size) -> None:
        self._model = model
        self._size = size
        self._known: dict[int, tuple[Tensor, Tensor]] = {}

    def of_nothing(self, seeds: Sequence[int]) -> ImageConditioning | None:
        """Condition on a grey picture that is all masked, on no picture to change, on a flat view."""
        description, cells = self._model.model.description, self._size.latent
        if description.conditioning is Conditioning.INPAINTING:
            return self._masked(torch.zeros(1, 3, self._size.height, self._size.width), None, seeds)
        if description.conditioning is Conditioning.NONE:
            return None
        channels = description.unet.in_channels - description.latent.channels
        return self._unmasked(torch.zeros(len(seeds), channels, cells.height, cells.width))

    def of_pictures(self, pixels: Tensor, covered: Tensor | None, weight: float, seeds: Sequence[int]
                    ) -> ImageConditioning | None:
        """Condition on pictures and the mask of what is made new. ``weight`` 0 shows what the mask covers.

        Shapes: ``pixels`` [1 or N, 3, H, W]; ``covered`` [1, 1, H, W], None: everything.
        """
        kind = self._model.model.description.conditioning
        if kind is Conditioning.INPAINTING:
            mask = torch.ones(1, 1, *pixels.shape[-2:]) if covered is None else covered
            return self._masked(torch.lerp(pixels, pixels * (1 - mask), weight), covered, seeds)
        if kind is Conditioning.EDIT:
            return self._unmasked(self._once(pixels, self._likeliest))
        if kind is Conditioning.DEPTH:
            return self._unmasked(self._once(pixels, self._depth))
        return None

    def _masked(self, pixels: Tensor, covered: Tensor | None, seeds: Sequence[int]) -> ImageConditioning:
        latents = fit(self._model.model.encode(pixels).draw_each(seeds), self._size)
        mask = torch.ones(1, 1, 1, 1) if covered is None else covered
        cells = F.interpolate(mask, latents.shape[-2:]).expand(len(latents), -1, -1, -1)
        return ImageConditioning(torch.cat([cells, latents], dim=1))

    def _unmasked(self, seen: Tensor) -> ImageConditioning:
        edits = self._model.model.description.conditioning is Conditioning.EDIT
        return ImageConditioning(seen, "edit" if edits else "concat")

    def _likeliest(self, pixels: Tensor) -> Tensor:
        """Encode without drawing, in the autoencoder's scale. Reference: arXiv:2211.09800."""
        return fit(self._model.model.encode(pixels).mean, self._size)

    def _depth(self, pixels: Tensor) -> Tensor:
        return self._model.model.estimate_depth(pixels, self._size.latent)

    def _once(self, pixels: Tensor, see: Callable[[Tensor], Tensor]) -> Tensor:
        """Look at a picture once, however often it is in a batch."""
        if id(pixels) not in self._known:
            self._known[id(pixels)] = (pixels, see(pixels))  # the picture is kept, so that nothing else gets its id
        return self._known[id(pixels)][1]
