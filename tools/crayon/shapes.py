"""Draw each object of the picture book with a brush."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping

from tools.crayon.brush import Brush, Point, arc
from tools.crayon.palette import BEAK, COLOURS, CREAM, INK, LEAF, WOOD, darker, mix

WHITE = (252, 252, 252)


def draw_circle(brush: Brush, rng: random.Random) -> None:
    brush.ellipse((0, 0), (0.95, 0.95))
    brush.ellipse((-0.35, -0.38), (0.22, 0.16), brush.light)


def draw_star(brush: Brush, rng: random.Random) -> None:
    brush.polygon(_star((0, 0.06), 1.05, 0.47))
    brush.polygon(_star((0, 0.06), 0.5, 0.225), brush.light)


def draw_heart(brush: Brush, rng: random.Random) -> None:
    curve = []
    for step in range(48):
        angle = 2 * math.pi * step / 48
        x = 16 * math.sin(angle) ** 3
        y = 13 * math.cos(angle) - 5 * math.cos(2 * angle) - 2 * math.cos(3 * angle) - math.cos(4 * angle)
        curve.append((x / 17, -(y + 2.5) / 16))
    brush.polygon(curve)
    brush.ellipse((-0.45, -0.42), (0.2, 0.15), brush.light)


def draw_tree(brush: Brush, rng: random.Random) -> None:
    wood = WOOD if brush.colour != COLOURS["brown"] else darker(WOOD, 0.4)
    brush.box((-0.14, 0.2), (0.14, 1.0), wood)
    if rng.random() < 0.3:
        for top, bottom, width in ((-0.1, 0.62, 0.78), (-0.55, 0.2, 0.62), (-1.0, -0.25, 0.46)):
            brush.polygon([(0, top), (width, bottom), (-width, bottom)])
        return
    brush.union([_disc((-0.42, -0.02), 0.45), _disc((0.42, -0.02), 0.45), _disc((0, -0.45), 0.56), _disc((0, 0), 0.4)])
    brush.ellipse((-0.16, -0.58), (0.16, 0.13), brush.light)


def draw_house(brush: Brush, rng: random.Random) -> None:
    brush.box((0.36, -0.92), (0.6, -0.3), brush.dark)
    brush.box((-0.72, -0.2), (0.72, 0.95))
    brush.polygon([(-0.98, -0.16), (0, -1.0), (0.98, -0.16)], darker(brush.colour, 0.36))
    brush.box((-0.2, 0.32), (0.2, 0.95), WOOD if brush.colour != COLOURS["brown"] else CREAM)
    for left in (-0.58, 0.3):
        brush.box((left, 0.05), (left + 0.28, 0.35), CREAM)


def draw_mountain(brush: Brush, rng: random.Random) -> None:
    brush.polygon([(0.02, 0.9), (0.55, -0.25), (1.12, 0.9)], brush.dark)
    brush.polygon([(-1.12, 0.9), (-0.18, -0.92), (0.75, 0.9)])
    snow = WHITE if sum(brush.colour) < 700 else (190, 205, 226)
    brush.polygon([(-0.18, -0.92), (0.1, -0.36), (-0.04, -0.48), (-0.18, -0.3), (-0.32, -0.46), (-0.47, -0.36)], snow)


def draw_sun(brush: Brush, rng: random.Random) -> None:
    for ray in range(12):
        angle = 2 * math.pi * ray / 12
        tip = _polar(angle, 1.08)
        brush.polygon([_polar(angle - 0.17, 0.66), tip, _polar(angle + 0.17, 0.66)], brush.colour)
    brush.ellipse((0, 0), (0.62, 0.62))
    brush.ellipse((0, 0), (0.46, 0.46), brush.light)


def draw_moon(brush: Brush, rng: random.Random) -> None:
    outer = arc((0, 0), (0.98, 0.98), math.radians(-60), math.radians(-300), 40)
    inner = arc((0.42, 0), (0.74, 0.85), math.radians(-267), math.radians(-93), 30)
    brush.polygon(outer + inner)
    brush.ellipse((-0.62, 0.12), (0.12, 0.12), brush.dark)
    brush.ellipse((-0.45, -0.42), (0.09, 0.09), brush.dark)


def draw_cloud(brush: Brush, rng: random.Random) -> None:
    foot = [(-0.66, 0.05), (0.66, 0.05), (0.66, 0.58), (-0.66, 0.58)]
    brush.union(
        [
            _disc((-0.6, 0.18), 0.4),
            _disc((0.62, 0.2), 0.38),
            _disc((-0.18, -0.16), 0.5),
            _disc((0.3, -0.04), 0.44),
            foot,
        ]
    )
    brush.ellipse((-0.28, -0.26), (0.2, 0.14), brush.light)


def draw_boat(brush: Brush, rng: random.Random) -> None:
    brush.box((-0.07, -0.95), (0.05, 0.4), WOOD)
    brush.polygon([(0.12, -0.9), (0.9, 0.25), (0.12, 0.25)], CREAM)
    brush.polygon([(-0.14, -0.7), (-0.14, 0.25), (-0.74, 0.25)])
    brush.polygon([(-1.05, 0.36), (1.05, 0.36), (0.72, 0.9), (-0.7, 0.9)])
    brush.polygon([(-1.05, 0.36), (1.05, 0.36), (0.98, 0.5), (-0.97, 0.5)], brush.dark)


def draw_fish(brush: Brush, rng: random.Random) -> None:
    brush.polygon([(0.42, 0), (1.08, -0.56), (0.94, 0), (1.08, 0.56)], brush.dark)
    brush.polygon([(-0.1, -0.42), (0.36, -0.78), (0.42, -0.25)], brush.dark)
    brush.ellipse((-0.18, 0), (0.84, 0.56))
    brush.polygon([(-0.12, 0.1), (0.26, -0.06), (0.26, 0.34)], brush.dark)
    _eye(brush, (-0.62, -0.14), 0.15)


def draw_flower(brush: Brush, rng: random.Random) -> None:
    stem = LEAF if brush.colour != COLOURS["green"] else darker(LEAF, 0.4)
    brush.box((-0.06, 0.1), (0.06, 1.0), stem)
    brush.polygon(_leaf(0.05, 0.85, 0.5), stem)
    brush.polygon(_leaf(-0.05, 0.75, -0.5), stem)
    for petal in range(6):
        angle = 2 * math.pi * petal / 6 + math.pi / 6
        x, y = _polar(angle, 0.42)
        brush.ellipse((x, y - 0.34), (0.33, 0.33))
    middle = COLOURS["yellow"] if brush.colour not in (COLOURS["yellow"], COLOURS["orange"]) else WOOD
    brush.ellipse((0, -0.34), (0.25, 0.25), middle)


def draw_cat(brush: Brush, rng: random.Random) -> None:
    brush.polygon(
        arc((0.55, 0.35), (0.42, 0.6), 1.6, -1.2, 20) + arc((0.55, 0.35), (0.24, 0.42), -1.2, 1.6, 20), brush.dark
    )
    brush.ellipse((0, 0.52), (0.55, 0.48))
    for side in (-1, 1):
        brush.polygon([(side * 0.58, -0.35), (side * 0.56, -1.02), (side * 0.1, -0.7)])
        brush.polygon([(side * 0.48, -0.5), (side * 0.48, -0.84), (side * 0.24, -0.66)], brush.light)
    brush.ellipse((0, -0.3), (0.62, 0.52))
    brush.ellipse((0, 0.62), (0.28, 0.3), brush.light)
    for side in (-1, 1):
        _eye(brush, (side * 0.25, -0.36), 0.12)
        brush.ellipse((side * 0.26, 0.93), (0.2, 0.11), brush.light)
    brush.polygon([(-0.09, -0.18), (0.09, -0.18), (0, -0.06)], COLOURS["pink"])


def draw_penguin(brush: Brush, rng: random.Random) -> None:
    for side in (-1, 1):
        brush.ellipse((side * 0.24, 0.93), (0.22, 0.1), BEAK)
        brush.polygon([(side * 0.5, -0.2), (side * 0.86, 0.5), (side * 0.4, 0.45)], brush.dark)
    brush.ellipse((0, 0.18), (0.62, 0.76))
    brush.ellipse((0, -0.52), (0.46, 0.46))
    belly = WHITE if sum(brush.colour) < 700 else (206, 214, 226)
    brush.ellipse((0, 0.34), (0.4, 0.54), belly)
    for side in (-1, 1):
        _eye(brush, (side * 0.17, -0.58), 0.12)
    brush.polygon([(-0.15, -0.44), (0.15, -0.44), (0, -0.22)], BEAK if brush.colour != COLOURS["orange"] else WOOD)


DRAWINGS: Mapping[str, Callable[[Brush, random.Random], None]] = {
    "circle": draw_circle,
    "star": draw_star,
    "heart": draw_heart,
    "tree": draw_tree,
    "house": draw_house,
    "mountain": draw_mountain,
    "sun": draw_sun,
    "moon": draw_moon,
    "cloud": draw_cloud,
    "boat": draw_boat,
    "fish": draw_fish,
    "flower": draw_flower,
    "cat": draw_cat,
    "penguin": draw_penguin,
}


def _polar(angle: float, radius: float) -> Point:
    return radius * math.cos(angle), radius * math.sin(angle)


def _disc(centre: Point, radius: float) -> list[Point]:
    return arc(centre, (radius, radius), 0.0, 2 * math.pi, 36)


def _star(centre: Point, outer: float, inner: float) -> list[Point]:
    points = []
    for corner in range(10):
        x, y = _polar(math.pi * corner / 5 - math.pi / 2, inner if corner % 2 else outer)
        points.append((centre[0] + x, centre[1] + y))
    return points


def _leaf(x: float, y: float, reach: float) -> list[Point]:
    return [(x, y), (x + reach * 0.5, y - 0.3), (x + reach, y - 0.34), (x + reach * 0.72, y - 0.08)]


def _eye(brush: Brush, centre: Point, radius: float) -> None:
    white = WHITE if sum(brush.colour) < 720 else mix(WHITE, (150, 170, 200), 0.5)
    brush.ellipse(centre, (radius, radius), white)
    brush.ellipse(centre, (radius * 0.6, radius * 0.6), INK)
