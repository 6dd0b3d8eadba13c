"""What the arguments of a network's tag mean: ``<lora:name:te:unet:dyn>``, ``<hypernet:name:strength>``."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

DEFAULT_WEIGHT = 1.0
LARGEST_WEIGHT = 100.0
"""Far beyond what any network is made for; more only overflows."""
MOST_DIGITS = 6
_NAME_SHOWN = 60


@dataclass(frozen=True)
class LoraUse:
    """One LoRA in a prompt; ``dyn`` keeps only its first so many ranks."""

    file: Path
    name: str
    te: float = DEFAULT_WEIGHT
    unet: float = DEFAULT_WEIGHT
    dyn: int | None = None


@dataclass(frozen=True)
class HypernetworkUse:
    """One hypernetwork in a prompt."""

    file: Path
    name: str
    strength: float = DEFAULT_WEIGHT


def read_lora_tag(file: Path, positional: Sequence[str], named: Mapping[str, str]) -> tuple[LoraUse, tuple[str, ...]]:
    """Read the arguments of a ``lora`` or ``lyco`` tag; what is no number gets its default, and a comment.

    The weight for the U-Net is that for the text encoder unless it is given; names overrule places.
    """
    arguments = _Arguments(positional, named)
    te = arguments.number(1, "te", DEFAULT_WEIGHT)
    unet = arguments.number(2, "unet", te)
    return LoraUse(file, arguments.name, te, unet, arguments.rank(3, "dyn")), tuple(arguments.comments)


def read_hypernetwork_tag(file: Path, positional: Sequence[str], named: Mapping[str, str]
                          ) -> tuple[HypernetworkUse, tuple[str, ...]]:
    """Read the arguments of a ``hypernet`` tag; what is no number gets its default, and a comment."""
    arguments = _Arguments(positional, named)
    return HypernetworkUse(file, arguments.name, arguments.number(1, "multiplier", DEFAULT_WEIGHT)), tuple(
        arguments.comments)


class _Arguments:
    """The strings of one tag, and what had to be said about them."""

    def __init__(self, positional: Sequence[str], named: Mapping[str, str]) -> None:
        self._positional = positional
        self._named = named
        self.name = positional[0] if positional else ""
        self.comments: list[str] = []

    def number(self, place: int, key: str, default: float) -> float:
        text = self._text(place, key)
        if text is None:
            return default
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if math.isfinite(value):
            limited = max(-LARGEST_WEIGHT, min(LARGEST_WEIGHT, value))
            if limited != value:
                self._complain_size(key, text, limited)
            return limited
        self._complain(key, text, f"{default:g} was used")
        return default

    def rank(self, place: int, key: str) -> int | None:
        text = self._text(place, key)
        if text is None:
            return None
        if text.strip().isdecimal() and len(text) <= MOST_DIGITS:
            return int(text)
        self._complain(key, text, "all ranks were used")
        return None

    def _text(self, place: int, key: str) -> str | None:
        return self._named.get(key, self._positional[place] if len(self._positional) > place else None)

    def _complain_size(self, key: str, text: str, limited: float) -> None:
        self.comments.append(f"The {key} of the network {self.name[:_NAME_SHOWN]} was limited to {limited:g} "
                             f"(from {text[:_NAME_SHOWN]}).")

    def _complain(self, key: str, text: str, instead: str) -> None:
        self.comments.append(f"The {key} of the network {self.name[:_NAME_SHOWN]} is no number "
                             f"({text[:_NAME_SHOWN]!r}); {instead}.")
