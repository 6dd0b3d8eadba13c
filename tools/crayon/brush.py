"""Draw shapes in an object's own coordinates: x and y in [-1, 1], y down."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PIL import ImageDraw

from tools.crayon.palette import INK, RGB, darker, lighter, mix

Point = tuple[float, float]


@dataclass(frozen=True)
class Spot:
    """Where an object stands, in parts of the picture: centre, half its size, its tilt and mirroring."""

    x: float
    y: float
    size: float
    tilt: float = 0.0
    mirrored: bool = False


@dataclass(frozen=True)
class Brush:
    """Draw filled or outlined shapes of one object onto a canvas."""

    canvas: ImageDraw.ImageDraw
    extent_px: int
    spot: Spot
    colour: RGB
    line: str = "none"  # "none", "own" (line drawing in the object's colour) or "ink" (dark contour)

    @property
    def dark(self) -> RGB:
        return darker(self.colour)

    @property
    def _paleness(self) -> float:
        """How far fills fade to white beside drawn lines."""
        return {"own": 0.8, "ink": 0.12}.get(self.line, 0.0)

    @property
    def light(self) -> RGB:
        return lighter(self.colour)

    def polygon(self, points: Iterable[Point], fill: RGB | None = None) -> None:
        """Fill a polygon, in the object's colour unless told otherwise."""
        placed = self._place(points)
        tone = self.colour if fill is None else fill
        if self.line == "none":
            self.canvas.polygon(placed, fill=tone)
            return
        own = self.line == "own"
        self.canvas.polygon(placed, fill=mix(tone, (255, 255, 255), self._paleness))
        stroke = tone if own and sum(tone) < 690 else darker(tone, 0.45) if own else INK
        width = max(1, round(self.extent_px * (0.022 if own else 0.012)))
        self.canvas.line([*placed, placed[0], placed[1]], fill=stroke, width=width, joint="curve")

    def ellipse(self, centre: Point, radii: Point, fill: RGB | None = None) -> None:
        """Fill an ellipse whose axes follow the object's tilt."""
        steps = 40 if max(radii) > 0.2 else 16
        self.polygon(arc(centre, radii, 0.0, 2 * math.pi, steps), fill)

    def union(self, outlines: Sequence[Sequence[Point]]) -> None:
        """Fill overlapping polygons as one shape, without lines where they meet."""
        for outline in outlines:
            self.polygon(outline)
        if self.line != "none":
            plain = Brush(self.canvas, self.extent_px, self.spot, mix(self.colour, (255, 255, 255), self._paleness))
            for outline in outlines:
                plain.polygon(outline)

    def box(self, corner: Point, opposite: Point, fill: RGB | None = None) -> None:
        """Fill a rectangle between two corners."""
        (left, top), (right, bottom) = corner, opposite
        self.polygon([(left, top), (right, top), (right, bottom), (left, bottom)], fill)

    def stroke(self, points: Sequence[Point], width: float, fill: RGB) -> None:
        """Draw a line; its width is in the object's units."""
        width_px = max(1, round(width * self.spot.size * self.extent_px))
        self.canvas.line(self._place(points), fill=fill, width=width_px, joint="curve")

    def _place(self, points: Iterable[Point]) -> list[Point]:
        cosine, sine = math.cos(self.spot.tilt), math.sin(self.spot.tilt)
        scale, flip = self.spot.size * self.extent_px, -1.0 if self.spot.mirrored else 1.0
        left, top = self.spot.x * self.extent_px, self.spot.y * self.extent_px
        return [
            (left + scale * (x * flip * cosine - y * sine), top + scale * (x * flip * sine + y * cosine))
            for x, y in points
        ]


def arc(centre: Point, radii: Point, start: float, end: float, steps: int = 24) -> list[Point]:
    """Return points along an elliptic arc; angles in radians, clockwise on screen."""
    return [
        (centre[0] + radii[0] * math.cos(angle), centre[1] + radii[1] * math.sin(angle))
        for angle in (start + (end - start) * step / steps for step in range(steps + 1))
    ]
