"""In which order the cells of a grid are made, so that models are changed as rarely as possible."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

Place = tuple[int, int, int]
"""The number of a cell on the X, the Y and the Z axis."""
X, Y, Z = 0, 1, 2
NATURAL = (Z, Y, X)
SWITCH_COST = 0.7
"""Axes that cost as much load other files with every value."""


def nest_axes(costs: Sequence[float]) -> Place:
    """Return the axes from the outermost loop to the innermost.

    Reference: A1111 v1.10.1: the axis that costs strictly most is outermost, then the costlier of the others.
    """
    for outer, (first, second) in {X: (Z, Y), Y: (Z, X), Z: (Y, X)}.items():
        if all(costs[outer] > costs[axis] for axis in (first, second)):
            return (outer, first, second) if costs[first] >= costs[second] else (outer, second, first)
    return NATURAL


def walk(lengths: Sequence[int], nesting: Sequence[int]) -> Iterator[Place]:
    """Yield every place, the innermost axis changing fastest."""
    for counted in itertools.product(*(range(lengths[axis]) for axis in nesting)):
        place = dict(zip(nesting, counted))
        yield (place[X], place[Y], place[Z])


def count_switches(places: Sequence[Place], costs: Sequence[float]) -> int:
    """Return how often another model is loaded between cells that are made in this order."""
    dear = [axis for axis, cost in enumerate(costs) if cost >= SWITCH_COST]
    models = [tuple(place[axis] for axis in dear) for place in places]
    return sum(before != after for before, after in itertools.pairwise(models))
