"""Prompt editing: ``[from:to:when]`` and ``[a|b]`` unrolled into the text of every step.

Brackets are matched on a stack in one pass. A construct that is not well-formed stays literal, and so does
every construct around it, because only the top level may hold lone brackets and colons.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from modules.prompting.remarks import Report, ignore

DEEPEST_NESTING = 64
"""Edits inside edits beyond this many levels stay literal."""

_LEXEME = re.compile(r"\\.|[()\[\]:|]|[^\\()\[\]:|]+|\\", re.DOTALL)
_NUMBER = re.compile(r"\s*([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)\s*")


@dataclass(frozen=True)
class Timeline:
    """The steps one pass of the sampler makes, and how ``when`` is read.

    ``steps`` and ``hires_steps`` count model calls (a second-order sampler makes two per step);
    ``hires_steps`` is given in the hires pass only. ``old_rules`` reads numbers as A1111 before 1.6 did.
    """

    steps: int
    hires_steps: int | None = None
    old_rules: bool = False

    @property
    def length(self) -> int:
        """The number of steps of this pass."""
        return self.steps if self.old_rules or not self.hires_steps else self.hires_steps

    def step_of(self, when: str) -> int:
        """Translate the number of an edit into the last step that shows the text before it."""
        value = float(when)
        if self.old_rules:
            step = value * self.steps if value < 1 else value
        elif self.hires_steps:
            step = (value - 1) * self.hires_steps if "." in when else value - self.steps
        else:
            step = value * self.steps if "." in when else value
        if not math.isfinite(step):
            return self.length if step > 0 else 0
        return int(min(step, self.length))


class ScheduledText(NamedTuple):
    """The text that holds up to and including step ``until`` (steps count from 1)."""

    until: int
    text: str


class _Edit(NamedTuple):
    before: list[_Item]
    after: list[_Item]
    when: str
    depth: int


class _Alternation(NamedTuple):
    options: list[list[_Item]]
    depth: int


_Item: TypeAlias = "str | _Edit | _Alternation"


@dataclass(slots=True)
class _Opener:
    bracket: str
    start: int
    separators: list[int] = field(default_factory=list)
    depth: int = 0


def unroll(prompt: str, timeline: Timeline, report: Report = ignore) -> list[ScheduledText]:
    """Return what the prompt says at each step, as boundaries in ascending order."""
    items = _Parser(report).parse(prompt)
    if items is None:
        return [ScheduledText(timeline.length, prompt)]
    constructs = list(_constructs(items))
    switches = {timeline.step_of(item.when) for item in constructs if isinstance(item, _Edit)}
    cycles = {len(item.options) for item in constructs if isinstance(item, _Alternation)}
    boundaries = {timeline.length, *(step for step in switches if step >= 1)}
    if cycles:
        boundaries.update(range(1, timeline.length + 1))
    texts: dict[tuple[int, ...], str] = {}  # steps in the same phase of everything share one text
    schedule = []
    for step in sorted(boundaries):
        phase = (sum(switch < step for switch in switches), *((step - 1) % cycle for cycle in cycles))
        if phase not in texts:
            texts[phase] = "".join(_render(items, step, timeline))
        schedule.append(ScheduledText(step, texts[phase]))
    return schedule


def timelines_differ(prompts: Iterable[str], timeline: Timeline) -> bool:
    """Whether the old rules give any of the prompts another schedule than the present ones."""
    old = Timeline(timeline.steps, timeline.hires_steps, old_rules=True)
    new = Timeline(timeline.steps, timeline.hires_steps, old_rules=False)
    return any(unroll(prompt, old) != unroll(prompt, new) for prompt in prompts)


class _Parser:
    """One pass over a prompt. ``_items`` is flat; a finished construct replaces its text in it."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._items: list[_Item] = []
        self._openers: list[_Opener] = []
        self._lone_bars = 0

    def parse(self, prompt: str) -> list[_Item] | None:
        """Return literal text and constructs in order, or None where the whole prompt is literal."""
        for match in _LEXEME.finditer(prompt):
            lexeme = match[0]
            if lexeme in "([":
                self._openers.append(_Opener(lexeme, len(self._items)))
            elif lexeme in ":|":
                self._separate(lexeme)
            elif lexeme in ")]" and self._close(lexeme):
                continue
            elif lexeme == "\\":
                return None
            self._items.append(lexeme)
        return None if self._lone_bars else _fuse(self._items)

    def _separate(self, separator: str) -> None:
        self._lone_bars += separator == "|"
        if self._openers:
            self._openers[-1].separators.append(len(self._items))

    def _close(self, closer: str) -> bool:
        """Put the innermost open construct in the place of its text, if that is what it is."""
        opener = self._openers.pop() if self._openers else None
        if opener is None or opener.bracket + closer not in ("()", "[]"):
            self._openers.clear()
            return False
        separators = "".join(str(self._items[index]) for index in opener.separators)
        if separators == "" or (separators == ":" and closer == ")"):
            self._deepen(opener.depth)
            return False  # emphasis: copied through
        construct = self._build(opener, separators) if closer == "]" else None
        if construct is None:
            self._openers.clear()
            return False
        self._lone_bars -= separators.count("|")
        self._items[opener.start :] = [construct]
        self._deepen(construct.depth)
        return True

    def _deepen(self, depth: int) -> None:
        if self._openers:
            self._openers[-1].depth = max(self._openers[-1].depth, depth)

    def _build(self, opener: _Opener, separators: str) -> _Edit | _Alternation | None:
        depth = opener.depth + 1
        if depth > DEEPEST_NESTING:
            self._report(f"Prompt edits nested deeper than {DEEPEST_NESTING} levels were taken as plain text.")
            return None
        starts = [opener.start, *opener.separators]
        ends = [*opener.separators, len(self._items)]
        parts = [_fuse(self._items[start + 1 : end]) for start, end in zip(starts, ends)]
        if separators.strip("|") == "":
            return _Alternation(parts, depth)
        when = _read_number(parts[-1]) if separators in (":", "::") else None
        return _Edit(parts[0] if len(parts) == 3 else [], parts[-2], when, depth) if when else None


def _read_number(part: list[_Item]) -> str | None:
    match = _NUMBER.fullmatch(part[0]) if len(part) == 1 and isinstance(part[0], str) else None
    return match[1] if match else None


def _fuse(items: list[_Item]) -> list[_Item]:
    """Join neighbouring texts."""
    if len(items) < 2:
        return items
    fused: list[_Item] = []
    texts: list[str] = []
    for item in items:
        if isinstance(item, str):
            texts.append(item)
        else:
            fused += ["".join(texts), item]
            texts.clear()
    return [*fused, "".join(texts)]


def _constructs(items: list[_Item]) -> Iterable[_Edit | _Alternation]:
    for item in items:
        if not isinstance(item, str):
            yield item
            for branch in (item.before, item.after) if isinstance(item, _Edit) else item.options:
                yield from _constructs(branch)


def _render(items: Sequence[_Item], step: int, timeline: Timeline) -> Iterable[str]:
    for item in items:
        if isinstance(item, str):
            yield item
        elif isinstance(item, _Edit):
            branch = item.before if step <= timeline.step_of(item.when) else item.after
            yield from _render(branch, step, timeline)
        else:
            yield from _render(item.options[(step - 1) % len(item.options)], step, timeline)
