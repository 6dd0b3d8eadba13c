"""Cutting each picture to the size, among many, that loses least of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from PIL import Image, ImageOps

from modules.extras.operation import Operation, Tools
from modules.extras.picture import Picture
from modules.foundation.size import Size

STEP_PX = 64
MAXIMIZE_AREA, MINIMIZE_ERROR = "Maximize area", "Minimize error"


@dataclass(frozen=True)
class AutosizedCrop(Operation):
    """Chooses a width and height from a grid of 64 px whose shape is close to the picture's, and cuts to it.

    Reference: A1111 v1.10.1, Extras, "Auto-sized crop".
    """

    name: ClassVar[str] = "Auto-sized crop"
    order: ClassVar[int] = 4020
    gives_several: ClassVar[bool] = False

    mindim: int = 384
    maxdim: int = 768
    minarea: int = 64 * 64
    maxarea: int = 640 * 640
    objective: str = MAXIMIZE_AREA
    threshold: float = 0.1
    """The largest difference in shape that is cut away. Range: 0 to 1."""

    def process(self, picture: Picture, tools: Tools) -> Sequence[Picture]:
        candidates = ((size, shape_error(picture.size, size)) for size in self._sizes())
        sizes = [(size, error) for size, error in candidates if error <= self.threshold]
        if not sizes:
            tools.say(f"Auto-sized crop left a picture of {picture.size} as it is: no size of {self._range()} is "
                      f"within {self.threshold:.0%} of its shape.")
            return [picture]
        size, _ = max(sizes, key=self._rank)
        image = ImageOps.fit(picture.image, (size.width, size.height), Image.Resampling.LANCZOS)
        return [picture.changed(image)]

    def _sizes(self) -> Iterator[Size]:
        sides = range(self.mindim, self.maxdim + 1, STEP_PX)
        for width in sides:
            for height in sides:
                if self.minarea <= width * height <= self.maxarea:
                    yield Size(width, height)

    def _rank(self, candidate: tuple[Size, float]) -> tuple[float, float]:
        size, error = candidate
        return (size.pixels, -error) if self.objective == MAXIMIZE_AREA else (-error, size.pixels)

    def _range(self) -> str:
        return f"{self.mindim} to {self.maxdim} px and {self.minarea:,} to {self.maxarea:,} pixels"


def shape_error(picture: Size, size: Size) -> float:
    """Return how far two shapes are apart: 0 for the same, towards 1 for very different ones."""
    ratio = picture.width * size.height / (picture.height * size.width)
    return 1 - min(ratio, 1 / ratio)
