"""Pictures from texts, with or without a second pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from PIL import Image
from torch import Tensor

from modules.generation.finishing import BEFORE_HIRES, FinishedPicture
from modules.generation.hires import HiresPass
from modules.generation.hires_plan import HiresPlan
from modules.generation.image_conditioning import ImageConditioner
from modules.generation.painter import Painted, Passage
from modules.generation.pixels import to_image
from modules.generation.prompt_plan import PlannedImage
from modules.generation.workshop import Batch, Workshop

_JOINED = ("Lora hashes", "TI hashes")


class TextToImage:
    """Makes txt2img's pictures."""

    def __init__(self, shop: Workshop) -> None:
        self._shop = shop

    def make(self, images: Sequence[PlannedImage]) -> Batch:
        """Sample a batch. Raises: WebUIError of whatever goes wrong."""
        shop, hires = self._shop, self._shop.plan.hires
        if hires is None:
            painted = self._first_pass(images)
            return Batch(self._finish(painted.latents, images), painted.infotext)
        second = HiresPass(shop.plan, hires, shop.model, shop.painter, shop.enlarger(hires.upscaler))
        first = self._start(hires, second, images)
        shop.meter.end_pass()
        before = self._look_at(first.latents)
        if shop.cancellation.stop_now:
            return Batch(self._finish(first.latents, images), first.infotext)
        shop.hooks.before_second_pass(images)
        shop.meter.stage("enlarging")
        painted = second.paint(first.latents, images)
        return Batch(self._finish(painted.latents, images, before), join_passes(first.infotext, painted.infotext))

    def _start(self, hires: HiresPlan, second: HiresPass, images: Sequence[PlannedImage]) -> Painted:
        if hires.first_picture is None:
            return self._first_pass(images)
        picture = self._shop.bench.pictures.open(hires.first_picture, field="firstpass_image")
        return Painted(second.encode_first(picture, images))

    def _first_pass(self, images: Sequence[PlannedImage]) -> Painted:
        shop, size = self._shop, self._shop.plan.made_size
        image = ImageConditioner(shop.model, size).of_nothing([image.seed for image in images])
        passage = Passage(images, size, shop.plan.sampling, image=image)
        return shop.painter.paint(passage, shop.painter.noise(images, size))

    def _look_at(self, latents: Tensor) -> list[Image.Image]:
        """Decode the first pass, where that is to be kept."""
        if not self._shop.plan.finishing.save_before_hires:
            return []
        return [to_image(self._shop.model.model.decode(one)[0]) for one in latents.split(1)]

    def _finish(self, latents: Tensor, images: Sequence[PlannedImage], before: Sequence[Image.Image] = ()
                ) -> Iterator[FinishedPicture]:
        for number, (planned, unit) in enumerate(self._shop.decode(latents, images)):
            finished = self._shop.finisher.finish(unit, planned)
            yield finished.with_beside(BEFORE_HIRES, before[number]) if number < len(before) else finished


def join_passes(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """Tell of both passes: the second's facts win, a schedule of its own is told apart, hashes add up."""
    joined = {**first, **{key: value for key, value in second.items() if value is not None}}
    schedule = second.get("Schedule type")
    joined["Schedule type"] = first.get("Schedule type")
    if schedule is not None and schedule != first.get("Schedule type", "Automatic"):
        joined["Hires schedule type"] = schedule
    for key in _JOINED:
        parts = [part for facts in (first, second) for part in (facts.get(key) or "").split(", ") if part]
        joined[key] = ", ".join(dict.fromkeys(parts)) or None
    return {key: value for key, value in joined.items() if value is not None}
