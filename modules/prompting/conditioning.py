"""What prompting hands to the denoiser: encoded texts, when each holds, and how much it pulls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor


class EncodedText(NamedTuple):
    """One text as the U-Net reads it. Shapes: ``cross`` [77·chunks, width]; ``pooled`` [width] or None."""

    cross: Tensor
    pooled: Tensor | None = None


class ScheduledConditioning(NamedTuple):
    """An encoded text that holds up to and including step ``until``."""

    until: int
    encoded: EncodedText


class Timetable(tuple[ScheduledConditioning, ...]):
    """The encoded texts of one prompt, in order of time."""

    __slots__ = ()

    def at(self, calls_made: int) -> EncodedText:
        """Return what holds after so many model calls of this pass.

        Reference: A1111 v1.10.1: an entry holds while ``calls_made <= until``, one call more than its text
        suggests; pictures depend on it.
        """
        return next((entry.encoded for entry in self if calls_made <= entry.until), self[-1].encoded)


class WeightedTimetable(NamedTuple):
    """One piece of a prompt composed with AND."""

    weight: float
    timetable: Timetable


class PromptFacts(NamedTuple):
    """What the record of a picture needs to know about its prompts.

    ``uses_emphasis``: a bracket is left in a text after scheduling; ``timelines_differ``: old scheduling
    rules are on and matter; ``embeddings``: names in order of first use.
    """

    uses_emphasis: bool
    timelines_differ: bool
    embeddings: tuple[str, ...]
    remarks: tuple[str, ...]


class Conditioning(NamedTuple):
    """The conditioning of a batch. Equal texts share one ``EncodedText``."""

    positive: list[list[WeightedTimetable]]
    negative: list[Timetable]
    facts: PromptFacts


def stack_texts(texts: Sequence[EncodedText]) -> tuple[Tensor, Tensor | None]:
    """Stack texts for one model call; shorter ones repeat their last row.

    Shapes: cross [B, T, width], pooled [B, width] or None.
    """
    longest = max(len(text.cross) for text in texts)
    cross = torch.stack([_lengthen(text.cross, longest) for text in texts])
    pooled = [text.pooled for text in texts if text.pooled is not None]
    return cross, torch.stack(pooled) if len(pooled) == len(texts) else None


def _lengthen(cross: Tensor, length: int) -> Tensor:
    missing = length - len(cross)
    return torch.cat([cross, cross[-1:].expand(missing, -1)]) if missing else cross
