"""A rectangle within a picture."""

from __future__ import annotations

from dataclasses import dataclass

from modules.foundation.size import Size


@dataclass(frozen=True)
class Box:
    """Left, top, right and bottom edge; right and bottom lie outside, as in Pillow. Units: pixels."""

    x1: int
    y1: int
    x2: int
    y2: int

    @property
    def size(self) -> Size:
        return Size(self.x2 - self.x1, self.y2 - self.y1)

    def as_tuple(self) -> tuple[int, int, int, int]:
        """Return the edges in Pillow's order."""
        return self.x1, self.y1, self.x2, self.y2
