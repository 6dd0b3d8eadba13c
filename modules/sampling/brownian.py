"""A Brownian path that has the same values wherever and in whatever order it is asked.

The interval is halved until a half ends at the point asked for; every halving draws the middle from
the ends (a Brownian bridge) with a seed of its own. Reference: torchsde 0.2.6 ``BrownianTree``, for
seed compatibility: the same halves, the same seeds, the same rounding.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from torch import Tensor

DIGITS = 6
POOL_SIZE = 24
KEPT_VALUES = 4
"""A solver step asks for at most three points, and shares them with its neighbours."""

DrawSeeded = Callable[[int], Tensor]
"""Unit noise of the path's shape from a seed."""


class BrownianPath:
    """W(t) on ``[start, end]``, W(start) = 0."""

    def __init__(self, start: float, end: float, entropy: int, draw: DrawSeeded) -> None:
        self._start, self._end = round(start, DIGITS), round(end, DIGITS)
        self._entropy, self._draw = entropy, draw
        self._total = draw(_seed(entropy)) * math.sqrt(end - start)
        self._values: dict[float, Tensor] = {}

    def increment(self, t: float, t_next: float) -> Tensor:
        """Give W(t_next) - W(t) in units of the step's standard deviation, sign included."""
        return (self._value(t_next) - self._value(t)).div_(math.sqrt(abs(t_next - t)))

    def _value(self, t: float) -> Tensor:
        t = round(min(max(t, self._start), self._end), DIGITS)
        if t not in self._values:
            while len(self._values) >= KEPT_VALUES:
                del self._values[next(iter(self._values))]
            self._values[t] = self._descend(t)
        return self._values[t]

    def _descend(self, t: float) -> Tensor:
        start, end, rest = self._start, self._end, self._total
        if t == end:
            return rest
        value, node, depth = rest.new_zeros(()).expand_as(rest), 0, 0
        while start < t < end:
            middle = round(0.5 * (end + start), DIGITS)
            left, right, whole = middle - start, end - middle, end - start
            noise = self._draw(_seed(self._entropy, (node, depth)))
            half = noise.mul_(math.sqrt(left * right / whole)).add_(rest, alpha=left / whole)
            node, depth = 2 * node, depth + 1
            if t < middle:
                end, rest = middle, half
            else:
                start, rest, value, node = middle, rest - half, value + half, node + 1
        return value


def _seed(entropy: int, spawn_key: tuple[int, ...] = ()) -> int:
    sequence = np.random.SeedSequence(entropy, spawn_key=spawn_key, pool_size=POOL_SIZE)
    return int(sequence.generate_state(1)[0])
