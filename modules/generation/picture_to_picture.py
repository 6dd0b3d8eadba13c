"""Pictures from pictures: img2img and inpainting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from PIL import Image
from torch import Tensor

from modules.foundation.size import Size
from modules.generation.finishing import FinishedPicture
from modules.generation.image_conditioning import ImageConditioner
from modules.generation.painter import Painted, Passage
from modules.generation.picture_plan import PicturePlan
from modules.generation.prepared_picture import MaskPictures, Preparation, PreparedPicture
from modules.generation.prompt_plan import PlannedImage
from modules.generation.soft_blending import SoftHooks, soft_blend, soft_overlays
from modules.generation.start import EncodedPicture, Starter, covered_by, encode
from modules.generation.workshop import Batch, Workshop
from modules.sampling.guidance import ImageConditioning
from modules.sampling.start import InitialImage


class PictureToPicture:
    """Makes img2img's pictures. Each picture to start from is prepared and encoded once."""

    def __init__(self, shop: Workshop, plan: PicturePlan) -> None:
        self._shop = shop
        self._plan = plan
        self._known: dict[str, PreparedPicture] = {}

    def make(self, images: Sequence[PlannedImage]) -> Batch:
        """Sample a batch. Raises: WebUIError of whatever goes wrong."""
        prepared = [self._prepare(self._plan.image_of(image.index)) for image in images]
        painted, finished = InpaintingPass(self._shop, self._plan, self._shop.plan.made_size).make(prepared, images)
        return Batch(finished, painted.infotext)

    def _prepare(self, picture: str) -> PreparedPicture:
        if picture not in self._known:
            pictures, mask = self._shop.bench.pictures, self._plan.mask
            enlarge = self._shop.enlarger(self._plan.upscaler) if self._plan.upscaler != "None" else None
            preparation = Preparation(self._plan, self._shop.plan.made_size, enlarge)
            latent = mask.latent_picture if mask else None
            prepared, comments = preparation.prepare(
                pictures.open(picture, field="init_images"),
                pictures.open(mask.picture, field="mask") if mask else None,
                pictures.open(latent, field="latent_mask").convert("L") if latent else None)
            self._shop.say(comments)
            self._known[picture] = prepared
        return self._known[picture]


class InpaintingPass:
    """Samples prepared pictures at one size; without a mask, all of them."""

    def __init__(self, shop: Workshop, plan: PicturePlan, size: Size) -> None:
        self._shop = shop
        self._plan = plan
        self._size = size

    def make(self, prepared: Sequence[PreparedPicture], images: Sequence[PlannedImage]
             ) -> tuple[Painted, Iterator[FinishedPicture]]:
        """Return the latents, and the finished pictures as they are asked for."""
        shop, seeds = self._shop, [image.seed for image in images]
        encoded = self._encode(prepared)
        noise = shop.painter.noise(images, self._size)
        initial = Starter(self._plan, self._size).start(encoded, seeds, noise)
        soft = self._plan.mask.soft if self._plan.mask and initial.mask is not None else None
        passage = Passage(images, self._size, shop.plan.sampling, initial, self._condition(encoded, seeds),
                          SoftHooks(soft_blend(soft)) if soft else None, told_size=self._size)
        painted = shop.painter.paint(passage, noise)
        return painted, self._finish(painted.latents, images, initial, prepared)

    def _encode(self, prepared: Sequence[PreparedPicture]) -> list[EncodedPicture]:
        known: dict[int, EncodedPicture] = {}
        for picture in prepared:
            if id(picture) not in known:
                known[id(picture)] = encode(picture, self._shop.model)
        return [known[id(picture)] for picture in prepared]

    def _condition(self, encoded: Sequence[EncodedPicture], seeds: Sequence[int]) -> ImageConditioning | None:
        conditioner = ImageConditioner(self._shop.model, self._size)
        rows = []
        for picture, seed in zip(encoded, seeds):
            mask = picture.prepared.mask
            rounded = self._plan.mask is not None and self._plan.mask.rounded
            covered = None if mask is None else covered_by(mask.worked, rounded=rounded)
            rows.append(conditioner.of_pictures(picture.pixels, covered, self._plan.conditioning_mask_weight, [seed]))
        return join_conditioning(rows)

    def _finish(self, latents: Tensor, images: Sequence[PlannedImage], initial: InitialImage,
                prepared: Sequence[PreparedPicture]) -> Iterator[FinishedPicture]:
        overlays = self._soft_overlays(latents, initial, [picture.mask for picture in prepared])
        for number, (planned, unit) in enumerate(self._shop.decode(latents, images)):
            source = number % len(prepared)  # a hook may have added pictures
            yield self._shop.finisher.finish(unit, planned, prepared[source], overlays[source] if overlays else None)

    def _soft_overlays(self, latents: Tensor, initial: InitialImage, masks: Sequence[MaskPictures | None]
                       ) -> list[Image.Image]:
        soft = self._plan.mask.soft if self._plan.mask else None
        if soft is None or initial.mask is None:
            return []
        return soft_overlays(initial, latents, [mask for mask in masks if mask is not None], soft, self._size)


def join_conditioning(rows: Sequence[ImageConditioning | None]) -> ImageConditioning | None:
    """Put the conditioning of single pictures together to that of their batch."""
    known = [row for row in rows if row is not None]
    return ImageConditioning(torch.cat([row.tensor for row in known]), known[0].kind) if known else None
