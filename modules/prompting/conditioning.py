"""What prompting hands to the denoiser: encoded texts, when each holds, and how much it pulls."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from torch import Tensor


class EncodedText(NamedTuple):
    """One text as the U-Net reads it. Shapes: ``cross`` [77·chunks, width]; ``pooled`` [width] or None."""

    cross: Tensor
    pooled: Tensor | None = None


class ScheduledConditioning(NamedTuple):
    """An encoded text that holds up to and including step ``until``."""

    until: int
    encoded: EncodedText


Timetable: TypeAlias = "tuple[ScheduledConditioning, ...]"
"""The encoded texts of one prompt, in order of time. Which of them counts is the sampler's to decide."""


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
