"""Mirrored copies beside a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from PIL import ImageOps

from modules.extras.operation import Operation, Tools
from modules.extras.picture import Picture

HORIZONTAL, VERTICAL, BOTH = "Horizontal", "Vertical", "Both"
WAYS = (HORIZONTAL, VERTICAL, BOTH)


@dataclass(frozen=True)
class FlippedCopies(Operation):
    """Adds copies: left for right, upside down, or both at once."""

    name: ClassVar[str] = "Create flipped copies"
    order: ClassVar[int] = 4030

    option: tuple[str, ...] = (HORIZONTAL,)

    def process(self, picture: Picture, tools: Tools) -> Sequence[Picture]:
        mirrored = ImageOps.mirror(picture.image)
        ways = {HORIZONTAL: lambda: mirrored, VERTICAL: lambda: ImageOps.flip(picture.image),
                BOTH: lambda: ImageOps.flip(mirrored)}
        return [picture, *(replace(picture, image=ways[way]()) for way in WAYS if way in self.option)]
