"""Name the colours of the picture book and mix them."""

from __future__ import annotations

from collections.abc import Mapping

RGB = tuple[int, int, int]

COLOURS: Mapping[str, RGB] = {
    "red": (222, 46, 46),
    "orange": (246, 138, 30),
    "yellow": (252, 212, 42),
    "green": (50, 158, 68),
    "blue": (44, 98, 220),
    "purple": (134, 62, 186),
    "pink": (248, 128, 178),
    "brown": (132, 82, 44),
    "black": (38, 38, 42),
    "white": (252, 252, 252),
    "gray": (142, 144, 150),
    "teal": (20, 168, 168),
}

CREAM: RGB = (255, 246, 214)
WOOD: RGB = (122, 78, 46)
LEAF: RGB = (70, 150, 62)
BEAK: RGB = (246, 150, 40)
INK: RGB = (34, 32, 40)


def mix(first: RGB, second: RGB, share: float) -> RGB:
    """Blend two colours.

    Range: share in [0, 1]; 0 gives `first`, 1 gives `second`.
    """
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second))
    return red, green, blue


def darker(colour: RGB, share: float = 0.25) -> RGB:
    """Shade a colour; black is lifted instead, so that its details stay visible."""
    if sum(colour) < 150:
        return mix(colour, (255, 255, 255), share * 0.7)
    return mix(colour, (20, 16, 40), share)


def lighter(colour: RGB, share: float = 0.35) -> RGB:
    """Tint a colour; white is dimmed instead, so that its details stay visible."""
    if sum(colour) > 740:
        return mix(colour, (170, 180, 200), share * 0.8)
    return mix(colour, (255, 255, 255), share)


def pastel(name: str) -> RGB:
    """Give the paper tone of a named colour, clearly paler than an object of that colour."""
    colour = COLOURS[name]
    if name in ("black", "white"):
        return colour
    return mix(colour, (255, 255, 255), 0.45 if name in ("gray", "brown") else 0.58)
