"""Repairing faces with GFPGAN or CodeFormer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from PIL import Image

from modules.extras.operation import Operation, Tools
from modules.extras.picture import Picture

NO_WEIGHT = 0.5
"""GFPGAN ignores it."""


@dataclass(frozen=True)
class Gfpgan(Operation):
    """Mixes in faces repaired by GFPGAN."""

    name: ClassVar[str] = "GFPGAN"
    order: ClassVar[int] = 2000
    gives_several: ClassVar[bool] = False

    visibility: float

    def process(self, picture: Picture, tools: Tools) -> Sequence[Picture]:
        restored = tools.restore_faces(picture.image, self.name, NO_WEIGHT)
        mixed = Image.blend(picture.image, restored, self.visibility)
        return [picture.changed(mixed, **{"GFPGAN visibility": round(self.visibility, 3)})]


@dataclass(frozen=True)
class CodeFormer(Operation):
    """Mixes in faces repaired by CodeFormer. ``weight`` 0: the strongest effect, 1: the most faithful."""

    name: ClassVar[str] = "CodeFormer"
    order: ClassVar[int] = 3000
    gives_several: ClassVar[bool] = False

    visibility: float
    weight: float

    def process(self, picture: Picture, tools: Tools) -> Sequence[Picture]:
        restored = tools.restore_faces(picture.image, self.name, self.weight)
        facts = {"CodeFormer visibility": round(self.visibility, 3), "CodeFormer weight": self.weight}
        return [picture.changed(Image.blend(picture.image, restored, self.visibility), **facts)]
