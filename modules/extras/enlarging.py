"""Enlarging: by a factor, to a size, with one upscaler or a mixture of two."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from PIL import Image

from modules.extras.operation import Operation, Tools
from modules.extras.picture import Picture
from modules.foundation.errors import InvalidRequestError
from modules.foundation.size import Size
from modules.imaging.upscaling.shelf import destination_size

NONE = "None"
"""The upscaler that leaves a picture alone."""
MAX_SIDE_PX = 16384
MAX_PIXELS = 200_000_000


@dataclass(frozen=True)
class Target:
    """The size wanted. Reference: A1111 v1.10.1, Extras, "Scale by" and "Scale to"."""

    scale_by: float = 2.0
    max_side_px: int = 0
    """Makes the factor smaller where the longer side would exceed this; 0: no limit."""
    scale_to: Size | None = None
    """Takes the place of the factor: cover this size."""
    crop: bool = True
    """Cut off what exceeds ``scale_to``."""

    def size_for(self, picture: Size) -> Size:
        """Return the size aimed at; sides are not yet rounded to what upscalers make."""
        if self.scale_to is not None:
            return self.scale_to
        if self._too_long(picture):
            longer = max(picture.width, picture.height)
            return Size(*(max(1, side * self.max_side_px // longer) for side in (picture.width, picture.height)))
        return Size(max(1, int(picture.width * self.scale_by)), max(1, int(picture.height * self.scale_by)))

    def scale_for(self, picture: Size) -> float:
        """Return the factor for a picture."""
        if self.scale_to is None and not self._too_long(picture):
            return self.scale_by
        size = self.size_for(picture)
        return max(size.width / picture.width, size.height / picture.height)

    def facts_for(self, picture: Size) -> dict[str, Any]:
        """Return what infotexts say."""
        if self.scale_to is not None:
            return {"Postprocess upscale to": str(self.scale_to)}
        limited = {"Max side length": self.max_side_px} if self._too_long(picture) else {}
        return {"Postprocess upscale by": self.scale_by, **limited}

    def _too_long(self, picture: Size) -> bool:
        return 0 < self.max_side_px < max(picture.width, picture.height) * self.scale_by


@dataclass(frozen=True)
class Upscale(Operation):
    """Enlarges; ``second`` is mixed in with ``second_visibility``."""

    name: ClassVar[str] = "Upscale"
    order: ClassVar[int] = 1000
    gives_several: ClassVar[bool] = False

    target: Target
    upscaler: str
    second: str = NONE
    second_visibility: float = 0.0
    enabled: bool = True
    """Where it is off, its size still says how large the pieces of operations that cut shall be."""

    def prepare(self, picture: Picture) -> Picture:
        return replace(picture, target=self.target.size_for(picture.size))

    def process(self, picture: Picture, tools: Tools) -> Sequence[Picture]:
        if not self.works:
            return [picture]
        self.check(picture.size)
        scale = self.target.scale_for(picture.size)
        image = self._enlarge(picture.image, scale, tools)
        facts = {**self.target.facts_for(picture.size), "Postprocess upscaler": self.upscaler}
        if self.target.scale_to is not None and self.target.crop:
            image = cut_to(image, self.target.scale_to)
            facts["Postprocess crop to"] = str(self.target.scale_to)
        if self.mixes:
            facts["Postprocess upscaler 2"] = self.second
        return [picture.changed(image, **facts)]

    @property
    def works(self) -> bool:
        """Whether it does anything."""
        return self.enabled and self.upscaler != NONE

    @property
    def mixes(self) -> bool:
        """Whether the second upscaler takes part."""
        return self.second != NONE and self.second_visibility > 0

    def check(self, picture: Size) -> None:
        """Refuse what would come out as nothing, or larger than can be worked with. Raises: InvalidRequestError."""
        scale = self.target.scale_for(picture)
        made = destination_size(picture, scale)
        if max(made.width, made.height) > MAX_SIDE_PX or made.pixels > MAX_PIXELS:
            largest = min(MAX_SIDE_PX / max(picture.width, picture.height), math.sqrt(MAX_PIXELS / picture.pixels))
            raise InvalidRequestError(
                "upscaling_resize", f"{picture} pixels enlarged {scale:.4g} times is {made} "
                f"({made.pixels / 1e6:,.3g} million pixels); at most {MAX_SIDE_PX} pixels a side and "
                f"{MAX_PIXELS / 1e6:.0f} million in all are possible.",
                remedy=f"This picture can be enlarged {math.floor(largest * 100) / 100:g} times.")

    def _enlarge(self, image: Image.Image, scale: float, tools: Tools) -> Image.Image:
        enlarged = tools.enlarge(image, self.upscaler, scale)
        if not self.mixes:
            return enlarged
        return Image.blend(enlarged, tools.enlarge(image, self.second, scale), self.second_visibility)


def cut_to(image: Image.Image, size: Size) -> Image.Image:
    """Cut the middle out of a picture, enlarging it a little first where it is too small."""
    ratio = max(size.width / image.width, size.height / image.height)
    if ratio > 1:
        cover = (max(size.width, round(image.width * ratio)), max(size.height, round(image.height * ratio)))
        image = image.resize(cover, Image.Resampling.LANCZOS)
    left, top = image.width // 2 - size.width // 2, image.height // 2 - size.height // 2
    return image.crop((left, top, left + size.width, top + size.height))
