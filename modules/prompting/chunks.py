"""Cutting a weighed prompt into the 75-token chunks a text encoder reads."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from modules.prompting.attention import Fragment
from modules.prompting.embeddings import EmbeddingIndex, TextualInversion
from modules.prompting.tokens import END_ID, START_ID, Tokenizer

CHUNK_TOKENS = 75


class Placement(NamedTuple):
    """An embedding in a chunk; ``offset`` counts from the first token after the start token."""

    offset: int
    embedding: TextualInversion


@dataclass(frozen=True)
class Chunk:
    """One row for the encoder: start token, 75 tokens padded with the end token, end token.

    Tokens under an embedding are 0. Shapes: ``tokens`` and ``multipliers`` have 77 entries.
    """

    tokens: tuple[int, ...]
    multipliers: tuple[float, ...]
    placements: tuple[Placement, ...]

    @classmethod
    def seal(cls, tokens: Sequence[int] = (), multipliers: Sequence[float] = (),
             placements: Sequence[Placement] = ()) -> Chunk:
        """Pad at most 75 tokens and put them between start and end; without any, the chunk is empty."""
        padding = CHUNK_TOKENS - len(tokens)
        return cls((START_ID, *tokens, *[END_ID] * padding, END_ID),
                   (1.0, *multipliers, *[1.0] * padding, 1.0), tuple(placements))


class ChunkedText(NamedTuple):
    """A text cut into chunks, and the token count people are shown for it."""

    chunks: list[Chunk]
    token_count: int


def chunk_text(fragments: Iterable[Fragment], tokenizer: Tokenizer, embeddings: EmbeddingIndex | None = None,
               comma_backtrack: int = 20) -> ChunkedText:
    """Lay fragments out in chunks.

    A chunk that runs full is cut after its last comma if that lies at most ``comma_backtrack`` tokens back.
    """
    layout = _Layout(tokenizer.comma_id, comma_backtrack)
    for fragment in fragments:
        if fragment.is_break:
            layout.close()
            continue
        tokens = tokenizer.encode(fragment.text)
        position = 0
        while position < len(tokens):
            token = tokens[position]
            layout.make_room(token)
            match = embeddings.match(tokens, position) if embeddings else None
            if match is None:
                layout.add_token(token, fragment.weight)
                position += 1
            else:
                layout.add_embedding(match.embedding, fragment.weight)
                position += match.token_count
    return layout.finish()


def count_limit(token_count: int) -> int:
    """Return the room of the chunks a prompt fills, the number shown after the slash."""
    return math.ceil(max(token_count, 1) / CHUNK_TOKENS) * CHUNK_TOKENS


@dataclass
class _Draft:
    tokens: list[int] = field(default_factory=list)
    multipliers: list[float] = field(default_factory=list)
    placements: list[Placement] = field(default_factory=list)

    def split(self, at: int) -> _Draft:
        """Cut everything from ``at`` on off into a draft of its own."""
        moved = [Placement(offset - at, embedding) for offset, embedding in self.placements if offset >= at]
        rest = _Draft(self.tokens[at:], self.multipliers[at:], moved)
        del self.tokens[at:], self.multipliers[at:]
        self.placements = [placement for placement in self.placements if placement.offset < at]
        return rest


class _Layout:
    """The chunk being filled and those already closed."""

    def __init__(self, comma_id: int, comma_backtrack: int) -> None:
        self._comma_id = comma_id
        self._backtrack = comma_backtrack
        self._draft = _Draft()
        self._last_comma = -1
        self._chunks: list[Chunk] = []

    def make_room(self, token: int) -> None:
        """Start a new chunk where this one is full, taking along what follows its last comma."""
        length = len(self._draft.tokens)
        if token == self._comma_id:
            self._last_comma = length
        elif (self._backtrack != 0 and length == CHUNK_TOKENS and self._last_comma != -1
              and CHUNK_TOKENS - self._last_comma <= self._backtrack):
            rest = self._draft.split(self._last_comma + 1)
            self.close()
            self._draft = rest
        if len(self._draft.tokens) == CHUNK_TOKENS:
            self.close()

    def add_token(self, token: int, weight: float) -> None:
        self._draft.tokens.append(token)
        self._draft.multipliers.append(weight)

    def add_embedding(self, embedding: TextualInversion, weight: float) -> None:
        count = min(embedding.vector_count, CHUNK_TOKENS)
        if len(self._draft.tokens) + count > CHUNK_TOKENS:
            self.close()
        self._draft.placements.append(Placement(len(self._draft.tokens), embedding))
        self._draft.tokens += [0] * count
        self._draft.multipliers += [weight] * count

    def close(self) -> None:
        draft = self._draft
        self._chunks.append(Chunk.seal(draft.tokens, draft.multipliers, draft.placements))
        self._draft = _Draft()
        self._last_comma = -1

    def finish(self) -> ChunkedText:
        token_count = len(self._chunks) * CHUNK_TOKENS + len(self._draft.tokens)
        if self._draft.tokens or not self._chunks:
            self.close()
        return ChunkedText(self._chunks, token_count)
