"""Cutting a long picture into pieces of the target's shape."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from PIL import Image

from modules.extras.operation import Operation, Tools
from modules.extras.picture import Picture
from modules.foundation.errors import InvalidRequestError
from modules.foundation.size import Size

MAX_PIECES = 200


@dataclass(frozen=True)
class SplitOversized(Operation):
    """Cuts pictures that are much longer than the target, along their long side.

    Reference: A1111 v1.10.1, Extras, "Split oversized images".
    """

    name: ClassVar[str] = "Split oversized images"
    order: ClassVar[int] = 4000

    split_threshold: float = 0.5
    """How much narrower than the target, in shape, a picture must be; 1 splits whatever is narrower at all."""
    overlap_ratio: float = 0.2
    """The least part of a piece that its neighbour shows too."""

    def process(self, picture: Picture, tools: Tools) -> Sequence[Picture]:
        target = picture.target
        if target is None or not self._is_oversized(picture.size, target):
            return [picture]
        fitted = _fit_short_side(picture.size, target)
        starts = self._starts(fitted, target)
        image = picture.image.resize((fitted.width, fitted.height), Image.Resampling.LANCZOS)
        return [replace(picture, image=image.crop((x, y, x + target.width, y + target.height))) for x, y in starts]

    def _is_oversized(self, size: Size, target: Size) -> bool:
        shape = size.width * target.height / (size.height * target.width)
        narrowness = min(shape, 1 / shape)
        return narrowness < 1 and narrowness <= self.split_threshold

    def _starts(self, fitted: Size, target: Size) -> list[tuple[int, int]]:
        """Return the left upper corners of the pieces, evenly spaced, the last one flush with the end."""
        if fitted.height > target.height:
            return [(0, y) for y in self._offsets(fitted.height, target.height)]
        return [(x, 0) for x in self._offsets(fitted.width, target.width)]

    def _offsets(self, length: int, piece: int) -> list[int]:
        count = math.ceil((length - piece * self.overlap_ratio) / (piece * (1 - self.overlap_ratio)))
        if count > MAX_PIECES:
            raise InvalidRequestError(
                "split_oversized", f"This picture would become {count} pieces; at most {MAX_PIECES} are possible.",
                remedy="Choose a larger target size or less overlap.")
        return [(length - piece) * number // max(count - 1, 1) for number in range(count)]


def _fit_short_side(size: Size, target: Size) -> Size:
    """Bring the side across the cuts to the target's, keeping the shape."""
    if size.width * target.height < size.height * target.width:
        return Size(target.width, max(target.height, size.height * target.width // size.width))
    return Size(max(target.width, size.width * target.height // size.height), target.height)
