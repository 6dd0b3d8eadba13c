"""Draw a scene: background, objects, style."""

from __future__ import annotations

import random

from PIL import Image, ImageDraw

from tools.crayon.backdrops import paint_backdrop
from tools.crayon.brush import Brush, Spot
from tools.crayon.palette import COLOURS
from tools.crayon.scene import SKY_OBJECTS, Scene, Thing
from tools.crayon.shapes import DRAWINGS
from tools.crayon.styles import apply_style, blur

OVERSAMPLING = 3
_LINES = {"outline": "own", "pencil": "ink"}


def render(scene: Scene, extent_px: int = 128) -> Image.Image:
    """Draw a scene as an RGB picture; the same scene and size give the same pixels."""
    rng = random.Random(f"picture {scene.seed}")
    large_px = extent_px * OVERSAMPLING
    picture = paint_backdrop(scene, large_px, rng)
    if scene.style == "outline":
        picture = Image.blend(picture, Image.new("RGB", picture.size, (255, 255, 255)), 0.45)
    canvas = ImageDraw.Draw(picture)
    for thing, spot in place_things(scene, rng):
        brush = Brush(canvas, large_px, spot, _jittered(thing, rng), _LINES.get(scene.style, "none"))
        DRAWINGS[thing.kind](brush, rng)
    finished = apply_style(picture.reduce(OVERSAMPLING), scene.style, scene.seed)
    return blur(finished) if scene.blurred else finished


def place_things(scene: Scene, rng: random.Random) -> list[tuple[Thing, Spot]]:
    """Lay the objects out so that they fill the picture and stand as the caption says."""
    if scene.other is not None:
        first, second = _pair(scene, rng)
        return [(scene.other, second), (scene.subject, first)]
    if scene.count == 1:
        return [(scene.subject, _alone(scene, rng))]
    if scene.count == 2:
        centres = [(0.27, 0.5), (0.73, 0.5)]
        size = rng.uniform(0.2, 0.23)
    else:
        centres = [(0.19, 0.56), (0.5, 0.42), (0.81, 0.56)]
        size = rng.uniform(0.155, 0.175)
    lift = _rest(scene.subject.kind, scene) - 0.5
    return [(scene.subject, _spot(rng, scene, x, y + lift, size)) for x, y in centres]


def _rest(kind: str, scene: Scene) -> float:
    """Return the height at which an object of this kind rests, in parts of the picture."""
    if kind in SKY_OBJECTS:
        return 0.46
    if scene.place == "sea":
        return 0.6
    return 0.52 if scene.place is None else 0.55


def _alone(scene: Scene, rng: random.Random) -> Spot:
    kind = scene.subject.kind
    size = rng.uniform(0.31, 0.39)
    return _spot(rng, scene, 0.5 + rng.uniform(-0.07, 0.07), _rest(kind, scene) + rng.uniform(-0.03, 0.03), size)


def _pair(scene: Scene, rng: random.Random) -> tuple[Spot, Spot]:
    """Place the subject and the other object so that their relation can be seen."""
    size = rng.uniform(0.19, 0.22)
    if scene.relation in ("left", "right"):
        left, right = _spot(rng, scene, 0.27, 0.52, size), _spot(rng, scene, 0.73, 0.52, size)
        return (left, right) if scene.relation == "left" else (right, left)
    shift = rng.uniform(-0.1, 0.1)
    upper = _spot(rng, scene, 0.5 + shift, 0.24, 0.18)
    lower = _spot(rng, scene, 0.5 - shift / 2, 0.7, rng.uniform(0.22, 0.25))
    return (upper, lower) if scene.relation == "above" else (lower, upper)


def _spot(rng: random.Random, scene: Scene, x: float, y: float, size: float) -> Spot:
    tilt = rng.uniform(-0.08, 0.08)
    mirrored = rng.random() < 0.5
    wander = 0.015
    return Spot(x + rng.uniform(-wander, wander), y + rng.uniform(-wander, wander), size, tilt, mirrored)


def _jittered(thing: Thing, rng: random.Random) -> tuple[int, int, int]:
    """Vary a colour by a few levels, and return it exactly half of the time."""
    red, green, blue = COLOURS[thing.colour]
    if rng.random() < 0.5:
        return red, green, blue
    shift = [rng.randint(-8, 8) for _ in range(3)]
    return tuple(min(255, max(0, tone + step)) for tone, step in zip((red, green, blue), shift))  # type: ignore[return-value]
