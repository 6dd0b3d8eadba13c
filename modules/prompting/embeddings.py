"""Finding textual inversions in a prompt: an embedding is named by the token ids of its name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from torch import Tensor

from modules.prompting.tokens import Tokenizer


class TextualInversion(Protocol):
    """A learned word: vectors that take the place of token embeddings."""

    @property
    def name(self) -> str: ...

    @property
    def vector_count(self) -> int: ...

    def vectors_for(self, tower: str) -> Tensor:
        """Return what goes into the text encoder with this key. Shapes: [vector_count, width]."""
        ...


class Match(NamedTuple):
    """An embedding found in a row of tokens, and how many of them spell its name."""

    embedding: TextualInversion
    token_count: int


class EmbeddingIndex:
    """Embeddings by the tokens of their names; where several match, the longest name wins."""

    def __init__(self, embeddings: Iterable[TextualInversion], tokenizer: Tokenizer) -> None:
        named = [(tuple(tokenizer.encode(embedding.name)), embedding) for embedding in embeddings]
        named.sort(key=lambda entry: -len(entry[0]))
        self._by_first: dict[int, list[tuple[tuple[int, ...], TextualInversion]]] = {}
        for ids, embedding in named:
            if ids:
                self._by_first.setdefault(ids[0], []).append((ids, embedding))

    def match(self, tokens: Sequence[int], position: int) -> Match | None:
        """Return the embedding whose name starts at ``position``, if any."""
        for ids, embedding in self._by_first.get(tokens[position], ()):
            if tuple(tokens[position : position + len(ids)]) == ids:
                return Match(embedding, len(ids))
        return None
