"""Pictures beyond their edges: one side after another is extended, filled and inpainted.

Reference: the order and the masks of A1111 v1.10.1's script "Outpainting mk2".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from PIL import Image

from modules.foundation.size import LATENT_SCALE, Size
from modules.generation.finishing import FinishedPicture
from modules.generation.picture_plan import ORIGINAL, MaskPlan, PicturePlan
from modules.generation.picture_to_picture import InpaintingPass
from modules.generation.prepared_picture import Preparation
from modules.generation.prompt_plan import PlannedImage
from modules.generation.request import Outpainting
from modules.generation.workshop import Batch, Workshop
from modules.imaging.background import flatten
from modules.imaging.outpainting import (
    Canvas,
    Extension,
    ExtensionOptions,
    Fill,
    Growth,
    Side,
    extend,
    extend_side,
    mend_seams,
    plan_canvas,
)

BLUR_FACTOR = 4
"""The mask of a side is blurred this many times as much as the option says, across the side only."""
SEAM_DENOISING = 0.35
SEAM_WIDTH_PX = 64


def canvas_of(picture: Size, asked: Outpainting) -> Canvas:
    """Return the extended picture's size and where the original lies in it."""
    return plan_canvas(picture, asked.left, asked.right, asked.up, asked.down, LATENT_SCALE)


def growth_steps(canvas: Canvas, window: Size) -> list[Growth]:
    """Return the sides in the order they grow, in even steps of at most half of what the model sees.

    The other half is picture: without it, the new area would not know what to continue.
    """
    steps = []
    for growth in canvas.growths:
        seen = window.width if growth.side in (Side.LEFT, Side.RIGHT) else window.height
        count = -(-growth.pixels // max(seen // 2, LATENT_SCALE))
        ends = [growth.pixels * number // count for number in range(count + 1)]
        steps += [Growth(growth.side, end - start) for start, end in pairwise(ends)]
    return steps


def extension_options(asked: Outpainting) -> ExtensionOptions:
    """Return how a new area is prepared."""
    return ExtensionOptions(Fill(asked.fill), asked.mask_blur, 2 * asked.mask_blur, asked.falloff_exponent,
                            asked.color_variation)


def preview_canvas(picture: Image.Image, asked: Outpainting, background: str) -> Image.Image:
    """Return the extended picture as it is before anything is painted."""
    flat = flatten(picture, background)
    extension = extend(flat, canvas_of(Size(*flat.size), asked), extension_options(asked))
    return extension.finish(extension.picture)


class Outpaint:
    """Makes the pictures of the Outpaint tab."""

    def __init__(self, shop: Workshop, plan: PicturePlan, asked: Outpainting) -> None:
        self._shop = shop
        self._plan = plan
        self._asked = asked

    def make(self, images: Sequence[PlannedImage]) -> Batch:
        """Sample a batch, side by side. Raises: WebUIError of whatever goes wrong."""
        original = flatten(self._shop.bench.pictures.open(self._plan.images[0], field="init_images"),
                           self._plan.background)
        canvas = canvas_of(Size(*original.size), self._asked)
        pictures, infotext = [original] * len(images), dict[str, Any]()
        for growth in growth_steps(canvas, self._shop.plan.made_size):
            pictures, infotext = self._grow(pictures, growth, images)
            self._shop.meter.end_pass()
            if self._shop.cancellation.stop_now:
                break
        else:
            if self._asked.seam_pass:
                pictures, infotext = self._mend(pictures, canvas, images)
        return Batch(iter([FinishedPicture(planned, picture) for planned, picture in zip(images, pictures)]), infotext)

    def _grow(self, pictures: Sequence[Image.Image], growth: Growth, images: Sequence[PlannedImage]
              ) -> tuple[list[Image.Image], dict[str, Any]]:
        """Extend every picture of the batch by one side."""
        options, window = extension_options(self._asked), self._shop.plan.made_size
        extensions = [extend_side(picture, growth, window, options, LATENT_SCALE) for picture in pictures]
        across = growth.side in (Side.LEFT, Side.RIGHT)
        blur = BLUR_FACTOR * self._asked.mask_blur
        plan = replace(self._plan, mask=_mask_plan(blur if across else 0, 0 if across else blur))
        return self._inpaint(plan, extensions, images)

    def _mend(self, pictures: Sequence[Image.Image], canvas: Canvas, images: Sequence[PlannedImage]
              ) -> tuple[list[Image.Image], dict[str, Any]]:
        """Paint once more, weakly, where old and new meet."""
        blur = self._asked.mask_blur
        plan = replace(self._plan, mask=_mask_plan(blur, blur),
                       denoising_strength=min(SEAM_DENOISING, self._plan.denoising_strength))
        return self._inpaint(plan, [mend_seams(picture, canvas, SEAM_WIDTH_PX) for picture in pictures], images)

    def _inpaint(self, plan: PicturePlan, extensions: Sequence[Extension], images: Sequence[PlannedImage]
                 ) -> tuple[list[Image.Image], dict[str, Any]]:
        size = extensions[0].region.size
        preparation = Preparation(plan, size)
        prepared = [preparation.prepare(extension.picture, extension.mask, extension.latent_mask)[0]
                    for extension in extensions]
        painted, finished = InpaintingPass(self._shop, plan, size).make(prepared, images)
        pictures = [extension.finish(one.image) for extension, one in zip(extensions, finished)]
        return pictures, painted.infotext


def _mask_plan(blur_x: int, blur_y: int) -> MaskPlan:
    return MaskPlan("", None, inverted=False, blur_x=blur_x, blur_y=blur_y, rounded=True, content=ORIGINAL,
                    only_masked=False, padding_px=0, lay_over=True, soft=None)
