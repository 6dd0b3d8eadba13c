"""Texts as tensors, and which of them counts at which step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor


@dataclass(frozen=True)
class Context:
    """One encoded text. Shapes: ``cross`` [T, D]; ``vector`` [V] (SDXL and unCLIP)."""

    cross: Tensor
    vector: Tensor | None = None


Schedule = tuple[tuple[int, Context], ...]
"""Texts with the last step each of them counts for; steps are evaluations of the denoiser, from 0."""


@dataclass(frozen=True)
class Branch:
    """One part of a prompt composed with AND. The weight may be negative."""

    weight: float
    schedule: Schedule


@dataclass(frozen=True)
class GuidanceInput:
    """What every image of a batch should show, and what it should not."""

    cond: tuple[tuple[Branch, ...], ...]
    uncond: tuple[Schedule, ...]
    empty: Context | None = None
    """The encoded empty prompt, one chunk long; only padding whole chunks needs it."""

    def __len__(self) -> int:
        return len(self.uncond)

    def image(self, index: int) -> GuidanceInput:
        """Give the part of one image alone."""
        return replace(self, cond=(self.cond[index],), uncond=(self.uncond[index],))

    @property
    def plain(self) -> bool:
        """Whether every image has one part of weight 1."""
        return all(len(branches) == 1 and branches[0].weight == 1 for branches in self.cond)


@dataclass
class TextBatch:
    """Texts of one model call. Shapes: ``cross`` [B, T, D]; ``vector`` [B, V]. Hooks may change it."""

    cross: Tensor
    vector: Tensor | None = None

    def __len__(self) -> int:
        return len(self.cross)

    @property
    def tokens(self) -> int:
        return self.cross.shape[1]

    def rows(self, rows: slice) -> TextBatch:
        return TextBatch(self.cross[rows], None if self.vector is None else self.vector[rows])

    def joined(self, other: TextBatch) -> TextBatch:
        vector = None if self.vector is None or other.vector is None else torch.cat([self.vector, other.vector])
        return TextBatch(torch.cat([self.cross, other.cross]), vector)

    def copy(self) -> TextBatch:
        return TextBatch(self.cross.clone(), None if self.vector is None else self.vector.clone())


@dataclass(frozen=True, eq=False)
class TextPair:
    """What a picture should show, and what it should not."""

    cond: TextBatch
    uncond: TextBatch

    @cached_property
    def joined(self) -> TextBatch:
        """Both in one batch; they must be equally long."""
        return self.cond.joined(self.uncond)


class ScheduledTexts:
    """Stacks the texts of a step; while none of them changes, the same stack is given again."""

    def __init__(self, schedules: Sequence[Schedule]) -> None:
        self._schedules = schedules
        self._picked: list[Context] = []
        self._stack: TextBatch | None = None

    def at(self, step: int) -> TextBatch:
        picked = [pick(schedule, step) for schedule in self._schedules]
        if self._stack is None or any(a is not b for a, b in zip(picked, self._picked)):
            self._picked, self._stack = picked, stack(picked)
        return self._stack


def pick(schedule: Schedule, step: int) -> Context:
    """Find the text of a step: the first whose end is not before it (A1111 v1.10.1)."""
    return next((context for end, context in schedule if step <= end), schedule[-1][1])


def stack(contexts: Sequence[Context]) -> TextBatch:
    """Stack texts; shorter ones are filled by repeating their last token's vector, as A1111 does."""
    tokens = max(len(context.cross) for context in contexts)
    vectors = [context.vector for context in contexts if context.vector is not None]
    cross = torch.stack([fit_tokens(context.cross, tokens) for context in contexts])
    return TextBatch(cross, torch.stack(vectors) if len(vectors) == len(contexts) else None)


def fit_tokens(cross: Tensor, tokens: int) -> Tensor:
    """Cut, or repeat the last token's vector. Shapes: [..., T, D] -> [..., tokens, D]."""
    missing = tokens - cross.shape[-2]
    if missing <= 0:
        return cross[..., :tokens, :]
    last = cross[..., -1:, :]
    return torch.cat([cross, last.expand(*last.shape[:-2], missing, last.shape[-1])], dim=-2)


def append_empty(texts: TextBatch, empty: Context, tokens: int) -> TextBatch:
    """Fill up with whole empty prompts. ``tokens`` must be reachable in whole prompts."""
    chunks = (tokens - texts.tokens) // len(empty.cross)
    filling = empty.cross.repeat(chunks, 1).expand(len(texts), -1, -1)
    return TextBatch(torch.cat([texts.cross, filling.to(texts.cross)], dim=1), texts.vector)
