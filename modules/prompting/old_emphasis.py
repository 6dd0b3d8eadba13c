"""The first reading of emphasis: brackets count as tokens, numbers don't, and what exceeds 75 tokens is lost."""

from __future__ import annotations

from modules.prompting.chunks import CHUNK_TOKENS, Chunk, ChunkedText, Placement
from modules.prompting.embeddings import EmbeddingIndex
from modules.prompting.remarks import Report, ignore
from modules.prompting.tokens import Tokenizer

_FACTORS = {"(": 1.1, ")": 1 / 1.1, "[": 1 / 1.1, "]": 1.1}


def chunk_text_once(text: str, tokenizer: Tokenizer, embeddings: EmbeddingIndex | None = None,
                    report: Report = ignore) -> ChunkedText:
    """Lay a text out in the one chunk there is; bracket tokens change the weight of all that follow."""
    ids = tokenizer.encode(text)
    tokens: list[int] = []
    weights: list[float] = []
    placements: list[Placement] = []
    weight, position = 1.0, 0
    while position < len(ids):
        factors = [_FACTORS[letter] for letter in tokenizer.symbol(ids[position]) if letter in _FACTORS]
        match = embeddings.match(ids, position) if embeddings and not factors else None
        added = [] if factors else [0] * match.embedding.vector_count if match else [ids[position]]
        if match and len(tokens) + len(added) <= CHUNK_TOKENS:
            placements.append(Placement(len(tokens), match.embedding))
        for factor in factors:
            weight *= factor
        tokens += added
        weights += [weight] * len(added)
        position += match.token_count if match else 1
    if len(tokens) > CHUNK_TOKENS:
        report(f"The prompt was cut off: {len(tokens) - CHUNK_TOKENS} of its {len(tokens)} tokens are too many.")
    chunk = Chunk.seal(tokens[:CHUNK_TOKENS], weights[:CHUNK_TOKENS], placements)
    return ChunkedText([chunk], len(tokens))
