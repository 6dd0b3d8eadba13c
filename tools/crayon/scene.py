"""Say what a picture shows, as a value, and draw such values from a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass

from tools.crayon.palette import COLOURS

OBJECTS = (
    "circle", "star", "heart", "tree", "house", "mountain", "sun", "moon", "cloud", "boat", "fish", "flower",
    "cat", "penguin",
)  # fmt: skip
PLACES = ("day", "night", "sunset", "snow", "sea", "grass")
PAPERS = ("white", "yellow", "pink", "blue", "green", "gray", "purple", "orange", "teal", "red", "black")
RELATIONS = ("left", "right", "above", "under")
STYLES = ("flat", "outline", "pixel art", "watercolor", "pencil")

NATURAL_COLOURS = {
    "circle": tuple(COLOURS),
    "star": ("yellow",),
    "heart": ("red", "pink"),
    "tree": ("green",),
    "house": ("red", "orange", "blue", "yellow"),
    "mountain": ("gray", "purple", "brown"),
    "sun": ("yellow", "orange"),
    "moon": ("yellow", "white"),
    "cloud": ("white",),
    "boat": ("red", "blue", "brown"),
    "fish": ("orange", "blue"),
    "flower": ("pink", "red", "yellow", "purple"),
    "cat": ("orange", "gray", "black"),
    "penguin": ("black",),
}
SKY_OBJECTS = ("sun", "moon", "cloud", "star")
_HIDDEN_ON = {
    "day": ("teal", "white"), "night": ("black",), "sunset": (), "snow": ("white",), "sea": ("teal",),
    "grass": (),
}  # fmt: skip
_PLACES_OF = {"boat": "sea", "fish": "sea", "penguin": "snow", "moon": "night", "flower": "grass", "tree": "grass"}


@dataclass(frozen=True)
class Thing:
    """One kind of object in one colour."""

    kind: str
    colour: str


@dataclass(frozen=True)
class Scene:
    """Everything that a picture shows; `seed` settles the small variations that no caption names."""

    subject: Thing
    count: int = 1
    relation: str | None = None
    other: Thing | None = None
    place: str | None = "day"
    paper: str | None = None
    style: str = "flat"
    blurred: bool = False
    seed: int = 0

    @property
    def background(self) -> str:
        """Name the background: a place, or `<colour> paper`."""
        return self.place or f"{self.paper} paper"


@dataclass(frozen=True)
class Mixture:
    """How often each kind of scene is drawn; shares in [0, 1]."""

    several: float = 0.2
    related: float = 0.22
    place: float = 0.68
    plain_style: float = 0.76
    blurred: float = 0.02
    natural_colour: float = 0.12


def draw_scene(seed: int, mixture: Mixture = Mixture()) -> Scene:
    """Draw one scene; the same seed gives the same scene."""
    rng = random.Random(f"scene {seed}")
    kind = rng.choice(OBJECTS)
    place, paper = _draw_background(rng, kind, mixture)
    subject = Thing(kind, _draw_colour(rng, kind, (place, paper), mixture))
    count, relation, other = 1, None, None
    lot = rng.random()
    if lot < mixture.several:
        count = rng.choice((2, 2, 3))
    elif lot < mixture.several + mixture.related:
        relation = rng.choice(RELATIONS)
        other_kind = _draw_companion(rng, kind, relation)
        other = Thing(other_kind, _draw_colour(rng, other_kind, (place, paper), mixture))
    plain = rng.random() < mixture.plain_style
    style = "flat" if plain else rng.choice(STYLES[1:])
    blurred = rng.random() < mixture.blurred
    return Scene(subject, count, relation, other, place, paper, style, blurred, seed)


def visible(colour: str, place: str | None, paper: str | None) -> bool:
    """Tell whether an object of this colour stands out from the background."""
    if paper is not None:
        return colour != paper
    return place is None or colour not in _HIDDEN_ON[place]


def _draw_background(rng: random.Random, kind: str, mixture: Mixture) -> tuple[str | None, str | None]:
    if rng.random() >= mixture.place:
        return None, rng.choice(PAPERS)
    if kind in _PLACES_OF and rng.random() < 0.35:
        return _PLACES_OF[kind], None
    return rng.choice(PLACES), None


def _draw_colour(rng: random.Random, kind: str, background: tuple[str | None, str | None], mixture: Mixture) -> str:
    natural = rng.random() < mixture.natural_colour
    allowed = [c for c in (NATURAL_COLOURS[kind] if natural else COLOURS) if visible(c, *background)]
    return rng.choice(allowed or [c for c in COLOURS if visible(c, *background)])


def _draw_companion(rng: random.Random, kind: str, relation: str) -> str:
    """Choose the second object: something of the sky when the first is under it, most of the time."""
    if relation == "under" and rng.random() < 0.7:
        return rng.choice([other for other in SKY_OBJECTS if other != kind])
    return rng.choice([other for other in OBJECTS if other != kind])
