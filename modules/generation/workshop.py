"""What the stages of a run share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from PIL import Image
from torch import Tensor

from modules.foundation.cancellation import Cancellation
from modules.generation.finishing import FinishedPicture, Finisher
from modules.generation.hooks import DecodedBatch, GenerationHooks
from modules.generation.model_in_use import ModelInUse
from modules.generation.painter import Painter
from modules.generation.pixels import to_unit
from modules.generation.plan import GenerationPlan
from modules.generation.progress import ProgressMeter
from modules.generation.prompt_plan import PlannedImage
from modules.generation.workbench import Workbench
from modules.imaging.resizing import Enlarge

Say = Callable[[Sequence[str]], None]


@dataclass(frozen=True)
class Workshop:
    """The tools of one run."""

    plan: GenerationPlan
    bench: Workbench
    model: ModelInUse
    painter: Painter
    finisher: Finisher
    meter: ProgressMeter
    cancellation: Cancellation
    hooks: GenerationHooks
    say: Say

    def decode(self, latents: Tensor, images: Sequence[PlannedImage]) -> Iterator[tuple[PlannedImage, Tensor]]:
        """Decode one picture after another, or all at once where a hook wants to see them together.

        Shapes: [N, C, h, w] -> [3, H, W]. Range: 0 to 1.
        """
        latents = self.hooks.sampled(latents, images)
        pixels = (to_unit(self.model.model.decode(one)[0]) for one in latents.split(1))
        if not self.hooks.wants("decoded"):
            yield from zip(images, pixels)
            return
        batch = DecodedBatch(list(images), list(pixels))
        self.hooks.decoded(batch)
        yield from zip(batch.images, batch.pixels)

    def enlarger(self, name: str) -> Enlarge:
        """Return the upscaler of this name as a function."""

        def enlarge(image: Image.Image, scale: float) -> Image.Image:
            self.meter.stage("upscaling")
            return self.bench.upscalers.upscale(image, name, scale, self.plan.upscaling,
                                                cancellation=self.cancellation)

        return enlarge


@dataclass(frozen=True)
class Batch:
    """Sampled pictures of a batch; they are decoded and finished one by one, as they are asked for."""

    finished: Iterator[FinishedPicture]
    infotext: dict[str, Any]


class Maker(Protocol):
    """Makes the pictures of a batch, in one way or another."""

    def make(self, images: Sequence[PlannedImage]) -> Batch: ...
