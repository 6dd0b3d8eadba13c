"""Emphasis: ``(a)``, ``((a))``, ``(a:1.3)``, ``[a]`` and ``BREAK`` parsed into weighted fragments.

Round and square brackets live on two independent stacks. The lexer is a linear regular expression; weights
are applied afterwards, bracket by bracket in the order they close, so that they equal A1111's to the last bit.
"""

from __future__ import annotations

import re
from itertools import chain, groupby
from operator import itemgetter
from typing import NamedTuple

import numpy as np

from modules.prompting.remarks import Report, ignore
from modules.prompting.weights import limit_weight

ROUND_FACTOR = 1.1
SQUARE_FACTOR = 1 / 1.1
DEEPEST_NESTING = 64
"""Brackets inside more than this many open ones weigh nothing."""

_LEXEME = re.compile(
    r"""\\(?P<escaped>[()\[\]\\])
    | \\
    | (?P<open>[(\[])
    | :\s*(?P<weight>[+-]?[\d.]+)\s*\)
    | (?P<close>[)\]])
    | (?P<text>[^\\()\[\]:]+)
    | :""",
    re.VERBOSE,
)
_BREAK_WORD = re.compile(r"\bBREAK\b")


class Fragment(NamedTuple):
    """Text whose tokens share one weight."""

    text: str
    weight: float

    @property
    def is_break(self) -> bool:
        """Whether this ends a chunk. Inside emphasis the marker's weight changes and it is a plain word."""
        return self.text == "BREAK" and self.weight == -1


class _Span(NamedTuple):
    start: int
    end: int
    factor: float


def parse_attention(text: str, report: Report = ignore) -> list[Fragment]:
    """Split a prompt into fragments; an empty prompt is one empty fragment. Range: weights within ±10."""
    scan = _Scan(report)
    for match in _LEXEME.finditer(text):
        scan.feed(match)
    scan.close_all()
    weights = np.array(scan.weights or [1.0])
    with np.errstate(over="ignore", invalid="ignore"):
        for span in scan.spans:
            weights[span.start : span.end] *= span.factor
    return _merge(scan.texts or [[""]], weights.tolist(), report)


class _Scan:
    """Fragments so far, the brackets still open, and which stretch each closed bracket multiplies."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._open: dict[str, list[int]] = {"(": [], "[": []}
        self._glue = False
        self.texts: list[list[str]] = []
        self.weights: list[float] = []
        self.spans: list[_Span] = []

    def feed(self, match: re.Match[str]) -> None:
        kind, lexeme = match.lastgroup, match[0]
        if kind == "open":
            self._open[lexeme].append(len(self.texts))
            self._glue = False
        elif kind == "weight":
            self._close_weighted(match)
        elif kind == "close":
            self._close("(" if lexeme == ")" else "[", lexeme)
        elif kind == "escaped":
            self._append(match["escaped"])
        elif kind == "text":
            self._append_words(lexeme)
        elif lexeme == ":":
            self._append(lexeme)

    def close_all(self) -> None:
        """Let brackets that nobody closed run to the end."""
        for bracket, factor in (("(", ROUND_FACTOR), ("[", SQUARE_FACTOR)):
            for start in self._open[bracket][:DEEPEST_NESTING]:
                self.spans.append(_Span(start, len(self.texts), factor))

    def _close_weighted(self, match: re.Match[str]) -> None:
        factor = _read_weight(match["weight"])
        if factor is not None and self._open["("]:
            self._multiply("(", factor)
            return
        if self._open["("]:
            self._report(f"“{match['weight'][:20]}” is not a number and was read as text.")
        self._append(match[0][:-1])
        self._close("(", ")")

    def _close(self, opener: str, lexeme: str) -> None:
        if self._open[opener]:
            self._multiply(opener, ROUND_FACTOR if opener == "(" else SQUARE_FACTOR)
        else:
            self._append(lexeme)

    def _multiply(self, opener: str, factor: float) -> None:
        start = self._open[opener].pop()
        self._glue = False
        if len(self._open[opener]) < DEEPEST_NESTING:
            self.spans.append(_Span(start, len(self.texts), factor))
        else:
            self._report(f"Brackets nested deeper than {DEEPEST_NESTING} levels add no emphasis.")

    def _append_words(self, text: str) -> None:
        if "BREAK" not in text:
            self._append(text)
            return
        pieces = _BREAK_WORD.split(text)
        for index, piece in enumerate(pieces):
            if index > 0:
                self._append("BREAK", -1.0)
                piece = piece.lstrip()
            self._append(piece.rstrip() if index + 1 < len(pieces) else piece)

    def _append(self, text: str, weight: float = 1.0) -> None:
        if self._glue and weight == 1.0:  # no bracket since the last text: it can only weigh the same
            self.texts[-1].append(text)
            return
        self._glue = weight == 1.0
        self.texts.append([text])
        self.weights.append(weight)


def _read_weight(digits: str) -> float | None:
    try:
        return float(digits)
    except ValueError:  # 1.2.3, or dots alone
        return None


def _merge(texts: list[list[str]], weights: list[float], report: Report) -> list[Fragment]:
    """Join neighbours of exactly equal weight, then limit the weights."""
    return [Fragment("".join(chain.from_iterable(pieces for pieces, _ in group)), limit_weight(weight, report))
            for weight, group in groupby(zip(texts, weights), key=itemgetter(1))]
