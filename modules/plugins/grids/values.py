"""What a person types into an axis: lists in CSV, ranges of numbers, orders of words."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

MOST_VALUES = 10_000
"""As many are taken on one axis: a range with a digit too many must not fill the memory."""

_INT_RANGE = re.compile(r"([+-]?\d+)\s*-\s*([+-]?\d+)\s*(?:\(([+-]\d+)\)|\[(\d+)\])?", re.ASCII)
_DECIMAL = r"[+-]?\d+(?:\.\d*)?"
_FLOAT_RANGE = re.compile(rf"({_DECIMAL})\s*-\s*({_DECIMAL})\s*(?:\(([+-]\d+(?:\.\d*)?)\)|\[(\d+)\])?", re.ASCII)


@dataclass(frozen=True)
class AxisValues:
    """The values that were understood, and a sentence for each that was not."""

    values: tuple[Any, ...]
    problems: tuple[str, ...] = ()


def split_values(text: str) -> list[str]:
    """Take a list in CSV apart: quotes keep commas together, lines follow one another, spaces around are dropped."""
    rows = csv.reader(io.StringIO(text), skipinitialspace=True)
    return [item.strip() for item in itertools.chain.from_iterable(rows)]


def join_values(values: Iterable[object]) -> str:
    """Write a list so that ``split_values`` reads it again."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerow([str(value) for value in values])
    return written.getvalue().removesuffix("\n")


def read_ints(items: Iterable[str]) -> AxisValues:
    """Expand ``1-5``, ``1-5 (+2)`` and ``1-10 [3]``; empty items are left out."""
    return _read(items, _expand_ints, "a whole number or a range like 1-5, 1-5 (+2) or 1-10 [3]")


def read_floats(items: Iterable[str]) -> AxisValues:
    """Expand ``0-1 (+0.25)``, ``1-10 [3]`` and ``7-9``; empty items are left out."""
    return _read(items, _expand_floats, "a number or a range like 0-1 (+0.25) or 1-10 [3]")


def read_orders(items: Sequence[str]) -> AxisValues:
    """Return every order of the items, each as a list."""
    orders = itertools.permutations(items)
    return _bounded([list(order) for order in itertools.islice(orders, MOST_VALUES + 1)], [])


def read_each(items: Iterable[str], convert: Callable[[str], Any]) -> AxisValues:
    """Convert every item."""

    def expand(item: str) -> list[Any]:
        return [convert(item)]

    return _read(items, expand, "a value of this axis", keep_empty=True)


def _read(items: Iterable[str], expand: Callable[[str], list[Any]], expected: str, *,
          keep_empty: bool = False) -> AxisValues:
    values: list[Any] = []
    problems: list[str] = []
    for item in items:
        if not (item.strip() or keep_empty):
            continue
        try:
            values += expand(item.strip())
        except (ValueError, ArithmeticError):
            problems.append(f"{item.strip()[:80]!r} is not {expected}")
        if len(values) > MOST_VALUES:
            break
    return _bounded(values, problems)


def _bounded(values: list[Any], problems: list[str]) -> AxisValues:
    if len(values) > MOST_VALUES:
        problems.append(f"there are more than {MOST_VALUES} values")
    return AxisValues(tuple(values[:MOST_VALUES]), tuple(problems))


def _expand_ints(item: str) -> list[int]:
    """Raises: ValueError."""
    found = _INT_RANGE.fullmatch(item)
    if found is None:
        return [int(item)]
    start, end, step, count = found.groups()
    if count is not None:
        return [int(value) for value in _spread(float(start), float(end), int(count))]
    steps = range(int(start), int(end) + 1, int(step or 1))
    return list(itertools.islice(steps, MOST_VALUES + 1))


def _expand_floats(item: str) -> list[float]:
    """Raises: ValueError, ArithmeticError."""
    found = _FLOAT_RANGE.fullmatch(item)
    if found is None:
        return [float(item)]
    start, end, count = float(found[1]), float(found[2]), found[4]
    if count is not None:
        return _spread(start, end, int(count))
    step = float(found[3] or 1)
    if (end + step - start) / step > MOST_VALUES:
        return [start] * (MOST_VALUES + 1)
    return [float(value) for value in np.arange(start, end + step, step)]


def _spread(start: float, end: float, count: int) -> list[float]:
    return [float(value) for value in np.linspace(start, end, min(count, MOST_VALUES + 1))]
