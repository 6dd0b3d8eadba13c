"""Wildcards ``__name__`` and choices ``{a|b}`` resolved into one prompt, the same for the same seed.

``{a|b|c}`` takes one option, ``{2$$a|b|c}`` two different ones joined by a comma, ``{1-3$$a|b|c}`` one to
three, ``{2$$ and $$a|b|c}`` joins them by `` and ``; the number may stand before any option. ``{3::a|b}`` takes
``a`` three times as often. ``__animals/cat__`` takes a line of ``animals/cat.txt``. Options and lines may hold
both again. Braces with neither a bar nor a number are ordinary text, and so is what follows a backslash.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from random import Random
from typing import NamedTuple, Protocol, TypeAlias

from modules.prompting.remarks import Report, ignore

DEEPEST_EXPANSION = 16
DEEPEST_NESTING = 64
MOST_LOOKUPS = 1_000
LONGEST_RESULT = 20_000

_LEXEME = re.compile(r"\\.|__([\w./ -]{1,200}?)__|[{}|\[\]]|[^\\{}|\[\]_]+|.", re.DOTALL)
_COUNT = re.compile(r"\s*([0-9]{1,2})(?:-([0-9]{1,2}))?\$\$(?:([^$]*)\$\$)?")
_SHARE = re.compile(r"\s*([0-9]{1,6}(?:\.[0-9]{1,6})?)::")


class WildcardSource(Protocol):
    """Where the lines of a wildcard come from."""

    def lines(self, name: str) -> Sequence[str] | None:
        """Return the options of a wildcard, or None where there is none of that name."""
        ...


class _Wildcard(NamedTuple):
    name: str
    depth: int = 0


class _Option(NamedTuple):
    items: list[_Item]
    share: float


class _Choice(NamedTuple):
    options: list[_Option]
    fewest: int
    most: int
    joint: str
    depth: int


_Item: TypeAlias = "str | _Wildcard | _Choice"


class _Opener(NamedTuple):
    start: int
    bars: list[int]
    squares: list[int]


def resolve_wildcards(template: str, seed: int, source: WildcardSource, report: Report = ignore, *,
                      enabled: bool = True) -> str:
    """Return the prompt a template means for one seed; with ``enabled=False`` it means itself."""
    return _Resolution(seed, source, report).expand(template, 0) if enabled else template


class _Resolution:
    """One template being resolved: its random stream and how much it may still look up."""

    def __init__(self, seed: int, source: WildcardSource, report: Report) -> None:
        self._random = Random(seed)
        self._source = source
        self._report = report
        self._lookups = 0
        self._length = 0

    def expand(self, template: str, depth: int) -> str:
        return self._join(_parse(template), depth)

    def _join(self, items: Sequence[_Item], depth: int) -> str:
        return "".join(self._value(item, depth) for item in items)

    def _value(self, item: _Item, depth: int) -> str:
        if isinstance(item, str):
            return item
        if isinstance(item, _Wildcard):
            return self._look_up(item.name, depth)
        count = item.fewest + int(self._random.random() * (item.most - item.fewest + 1))
        return item.joint.join(self._join(option.items, depth) for option in self._draw(item.options, count))

    def _draw(self, options: Sequence[_Option], count: int) -> list[_Option]:
        """Draw different options, each as likely as its share of what is left."""
        left = list(options)
        drawn = []
        for _ in range(min(count, len(left))):
            marks = list(accumulate(option.share for option in left))
            index = bisect_right(marks, self._random.random() * marks[-1])
            drawn.append(left.pop(min(index, len(left) - 1)))
        return drawn

    def _look_up(self, name: str, depth: int) -> str:
        literal = f"__{name}__"
        self._lookups += 1
        if self._lookups > MOST_LOOKUPS or depth >= DEEPEST_EXPANSION:
            self._report(f"The wildcard {literal} was left alone: wildcards refer to each other without end.")
            return literal
        lines = self._source.lines(name.strip())
        if not lines:
            self._report(f"There is no wildcard {literal}.")
            return literal
        line = lines[int(self._random.random() * len(lines))]
        self._length += len(line)
        if self._length > LONGEST_RESULT:
            self._report(f"Wildcards were left alone after {LONGEST_RESULT} characters.")
            return literal
        return self.expand(line, depth + 1)


def _parse(template: str) -> list[_Item]:
    """Return literal text, wildcards and choices in order; braces that are no choice stay text."""
    items: list[_Item] = []
    openers: list[_Opener] = []
    for match in _LEXEME.finditer(template):
        lexeme = match[0]
        if match[1]:
            items.append(_Wildcard(match[1]))
            continue
        if lexeme == "{":
            openers.append(_Opener(len(items), [], []))
        elif lexeme == "}" and openers:
            opener = openers.pop()
            choice = _build(items, opener)
            if choice is not None and choice.depth > DEEPEST_NESTING:
                openers.clear()  # all that is around it is deeper still
            elif choice is not None:
                items[opener.start :] = [choice]
                continue
        elif openers:
            _note(openers[-1], lexeme, len(items))
        items.append(lexeme)
    return items


def _note(opener: _Opener, lexeme: str, position: int) -> None:
    """Remember a bar, unless it belongs to an alternation ``[a|b]`` inside the braces."""
    if lexeme == "[":
        opener.squares.append(position)
    elif lexeme == "]" and opener.squares:
        opened = opener.squares.pop()
        while opener.bars and opener.bars[-1] > opened:
            opener.bars.pop()
    elif lexeme == "|":
        opener.bars.append(position)


def _build(items: list[_Item], opener: _Opener) -> _Choice | None:
    if not opener.bars and not _COUNT.match(_text_at(items, opener.start + 1)):
        return None
    starts = [opener.start, *opener.bars]
    ends = [*opener.bars, len(items)]
    parts = [items[start + 1 : end] for start, end in zip(starts, ends)]
    prefixes = [prefix for part in parts if (prefix := _take_prefix(part, _COUNT))]
    depth = 1 + max((item.depth for part in parts for item in part if not isinstance(item, str)), default=0)
    shares = [_take_prefix(part, _SHARE) for part in parts]
    options = [_Option(part, float(share[1]) if share else 1.0) for part, share in zip(parts, shares)]
    fewest, most, joint = prefixes[0].groups() if prefixes else ("1", None, None)
    return _Choice(options, int(fewest), max(int(fewest), int(most or fewest)),
                   ", " if joint is None else joint, depth)


def _text_at(items: list[_Item], index: int) -> str:
    item = items[index] if index < len(items) else ""
    return item if isinstance(item, str) else ""


def _take_prefix(part: list[_Item], pattern: re.Pattern[str]) -> re.Match[str] | None:
    """Match at the start of an option, and take what matched away from it."""
    text = _text_at(part, 0)
    match = pattern.match(text)
    if match:
        part[0] = text[match.end() :]
    return match
