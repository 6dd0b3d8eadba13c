"""Composition: ``a cat :1.2 AND a dog`` splits into prompts that guide together, each with a weight."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from modules.prompting.remarks import Report, ignore
from modules.prompting.weights import limit_weight

_AND_WORD = re.compile(r"\bAND\b")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?|\d*\.\d+)")


class WeightedPrompt(NamedTuple):
    """One piece of a composed prompt."""

    text: str
    weight: float


class Composition(NamedTuple):
    """A batch of prompts: distinct texts, and per prompt which of them it uses with which weight."""

    texts: list[str]
    uses: list[list[tuple[int, float]]]


def split_composition(prompt: str, report: Report = ignore) -> list[WeightedPrompt]:
    """Split at every upper-case word AND; a prompt without one is a single piece."""
    return [_read_piece(piece, report) for piece in _AND_WORD.split(prompt)]


def compose(prompts: Iterable[str], report: Report = ignore) -> Composition:
    """Split a batch of prompts so that equal texts are listed once."""
    indices: dict[str, int] = {}
    uses = [[(indices.setdefault(piece.text, len(indices)), piece.weight)
             for piece in split_composition(prompt, report)] for prompt in prompts]
    return Composition(list(indices), uses)


def _read_piece(piece: str, report: Report) -> WeightedPrompt:
    text, colon, ending = piece.rpartition(":")
    number = ending.strip()
    if colon and _NUMBER.fullmatch(number):
        return WeightedPrompt(text.rstrip(), limit_weight(float(number), report))
    return WeightedPrompt(piece.rstrip(), 1.0)
