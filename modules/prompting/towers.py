"""What prompting needs of a text encoder; the engine provides it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from torch import Tensor

from modules.prompting.tokens import END_ID, Tokenizer

Replacement: TypeAlias = "tuple[int, Tensor]"
"""Vectors that take the place of token embeddings: the offset after the start token, and [v, width]."""


class TextEncoder(Protocol):
    """One text tower of a model."""

    def encode(self, ids: Tensor, clip_skip: int | None,
               replacements: Sequence[Sequence[Replacement]]) -> tuple[Tensor, Tensor | None]:
        """Run the tower; ``replacements`` has one list per row, or is empty.

        Shapes: ids [B, 77] int64 on the CPU; returns hidden [B, 77, width] and pooled [B, p] or None.
        Range: ``clip_skip`` from 1; None is the layer the model was trained with.
        """
        ...


@dataclass(frozen=True)
class Tower:
    """A text encoder with the tokenizer it was trained with.

    ``key`` is the name under which embeddings keep their vectors for it. ``pad_id`` replaces every id after
    the first end token (CLIP pads with the end token itself, OpenCLIP with 0). ``rows_per_call`` above 1 is
    faster on an accelerator, but kernels round differently for different batches: with 1, a text encodes to
    the same bits in any company. ``follows_clip_skip`` is how its family is used.
    """

    key: str
    encoder: TextEncoder
    tokenizer: Tokenizer
    pad_id: int = END_ID
    rows_per_call: int = 1
    follows_clip_skip: bool = True
