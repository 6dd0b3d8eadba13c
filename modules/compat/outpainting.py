"""Extending pictures, for scripts: the core's canvases, and reading which sides are meant."""

from __future__ import annotations

from typing import Any

from modules.imaging.outpainting import Side

SIDES = tuple(side.value for side in Side)


def read_sides(direction: Any) -> list[str]:
    """Return the sides that grow, in the order they do. Raises: ValueError naming what is accepted."""
    asked = [direction] if isinstance(direction, str) else list(direction or ())
    unknown = [side for side in asked if side not in SIDES]
    if unknown or not asked:
        what = f"There is no side {unknown[0]!r}." if unknown else "No side to extend was chosen."
        raise ValueError(f"{what} Choose among {', '.join(SIDES)}.")
    return [side for side in SIDES if side in asked]
