"""The one entry for a pipeline: a batch of prompts and negative prompts in, its conditioning out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from modules.prompting.composition import split_composition
from modules.prompting.conditioning import (
    Conditioning,
    EncodedText,
    PromptFacts,
    ScheduledConditioning,
    Timetable,
    WeightedTimetable,
)
from modules.prompting.embeddings import EmbeddingIndex
from modules.prompting.encoding import EncodingOptions, TextEncoding
from modules.prompting.remarks import Remarks
from modules.prompting.schedule import Timeline, timelines_differ, unroll
from modules.prompting.towers import Tower


@dataclass(frozen=True)
class PromptOptions:
    """Everything besides the texts that decides their conditioning.

    ``zero_empty_negative`` replaces the encoding of a completely empty negative prompt by zeros (SDXL).
    """

    timeline: Timeline
    encoding: EncodingOptions = EncodingOptions()
    zero_empty_negative: bool = False


def condition(prompts: Sequence[str], negatives: Sequence[str], towers: Sequence[Tower], options: PromptOptions,
              embeddings: EmbeddingIndex | None = None) -> Conditioning:
    """Encode a batch. The texts come without comments and network tags."""
    batch = _Batch(towers, options, embeddings)
    positive = [batch.compose(prompt) for prompt in prompts]
    negative = [batch.negate(prompt) for prompt in negatives]
    return Conditioning(positive, negative, batch.facts([*prompts, *negatives]))


class _Batch:
    """The texts of one batch as they are encoded; equal ones are encoded once."""

    def __init__(self, towers: Sequence[Tower], options: PromptOptions, embeddings: EmbeddingIndex | None) -> None:
        self._options = options
        self._remarks = Remarks()
        self._encoding = TextEncoding(towers, options.encoding, embeddings, self._remarks)
        self._timetables: dict[str, Timetable] = {}
        self._uses_emphasis = False

    def compose(self, prompt: str) -> list[WeightedTimetable]:
        """Encode a prompt, split at AND."""
        return [WeightedTimetable(piece.weight, self._encode(piece.text))
                for piece in split_composition(prompt, self._remarks)]

    def negate(self, prompt: str) -> Timetable:
        """Encode a negative prompt, where AND is an ordinary word."""
        timetable = self._encode(prompt)
        if not self._options.zero_empty_negative:
            return timetable
        is_empty = all(entry.text == "" for entry in unroll(prompt, self._options.timeline))
        return _zeros_like(timetable) if is_empty else timetable

    def facts(self, prompts: Sequence[str]) -> PromptFacts:
        timeline = self._options.timeline
        return PromptFacts(self._uses_emphasis, timeline.old_rules and timelines_differ(prompts, timeline),
                           self._encoding.used_embeddings, tuple(self._remarks))

    def _encode(self, prompt: str) -> Timetable:
        if prompt not in self._timetables:
            schedule = unroll(prompt, self._options.timeline, self._remarks)
            texts = [entry.text for entry in schedule]
            self._uses_emphasis |= any("(" in text or "[" in text for text in texts)
            encoded = self._encoding.encode_group(texts)
            self._timetables[prompt] = tuple(
                ScheduledConditioning(entry.until, text) for entry, text in zip(schedule, encoded))
        return self._timetables[prompt]


def _zeros_like(timetable: Timetable) -> Timetable:
    return tuple(ScheduledConditioning(until, EncodedText(
        torch.zeros_like(encoded.cross), None if encoded.pooled is None else torch.zeros_like(encoded.pooled)))
        for until, encoded in timetable)
