"""A learned word: vectors for one text encoder or for several."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from modules.foundation.errors import ModelFileError

ONLY = ""
"""Stands for the text encoder's name in files made for models with one."""
_XL_PARTS = ("clip_l", "clip_g")
_TABLE = "string_to_param"
_MAX_VECTORS = 4096


@dataclass(frozen=True)
class Embedding:
    """Vectors by the name of the text encoder they are for. Shapes: each ``[vector_count, width]``, float32."""

    name: str
    parts: Mapping[str, Tensor]

    @property
    def vector_count(self) -> int:
        return len(next(iter(self.parts.values())))

    @property
    def width(self) -> int:
        """The widths of all parts together, which is how a model's is counted too."""
        return sum(part.shape[1] for part in self.parts.values())

    def vectors_for(self, tower: str) -> Tensor:
        """Give what goes into the text encoder of this name."""
        return self.parts[tower] if tower in self.parts else self.parts[ONLY]

    def fits(self, widths: Mapping[str, int]) -> bool:
        """Whether it is for a model whose text encoders have these widths."""
        own = {tower: part.shape[1] for tower, part in self.parts.items()}
        return own == dict(widths) or (ONLY in own and [own[ONLY]] == list(widths.values()))


def recognise_embedding(content: Any, name: str) -> Embedding:
    """Find the vectors in what a file holds: A1111's table, SDXL's two parts, or diffusers' single tensor.

    Raises: ModelFileError.
    """
    found = _find_parts(content)
    parts = {tower: _as_vectors(tensor) for tower, tensor in found.items()}
    lengths = {len(part) for part in parts.values()}
    if len(lengths) != 1 or lengths == {0}:
        raise ModelFileError(f"{name} is neither a textual inversion nor a concept of diffusers.",
                             remedy="Move it out of the embeddings folder.")
    if not all(bool(torch.isfinite(part).all()) for part in parts.values()):
        raise ModelFileError(f"{name} holds values that are not numbers.", remedy="Download the file again.")
    return Embedding(name, parts)


def _find_parts(content: Any) -> dict[str, Tensor]:
    table = content if isinstance(content, Mapping) else {}
    if all(isinstance(table.get(part), Tensor) for part in _XL_PARTS):
        return {part: table[part] for part in _XL_PARTS}
    if isinstance(table.get(_TABLE), Mapping):
        table = table[_TABLE]
    tensors = [value for value in table.values() if isinstance(value, Tensor)]
    return {ONLY: tensors[0]} if len(tensors) == 1 else {}


def _as_vectors(tensor: Tensor) -> Tensor:
    """Copy into rows of float32; an empty result stands for a tensor that is none."""
    rows = tensor.detach().to(torch.float32, copy=True)
    rows = rows[None] if rows.ndim == 1 else rows
    return rows if rows.ndim == 2 and 0 < len(rows) <= _MAX_VECTORS and rows.shape[1] else torch.empty(0, 0)
