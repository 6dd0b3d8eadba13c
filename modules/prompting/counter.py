"""The token counter beside a prompt box."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from modules.prompting.chunks import count_limit
from modules.prompting.comments import strip_comments
from modules.prompting.composition import split_composition
from modules.prompting.embeddings import EmbeddingIndex
from modules.prompting.encoding import EncodingOptions, cut_text
from modules.prompting.extra_networks import extract_tags
from modules.prompting.schedule import Timeline, unroll
from modules.prompting.tokens import Tokenizer


class TokenCount(NamedTuple):
    """Tokens in the longest text a prompt turns into, and the room of the chunks it fills."""

    tokens: int
    limit: int

    def __str__(self) -> str:
        return f"{self.tokens}/{self.limit}"


@dataclass(frozen=True)
class Counting:
    """What the counter takes into account."""

    timeline: Timeline
    encoding: EncodingOptions = EncodingOptions()
    comments: bool = True
    is_negative: bool = False


def count_tokens(prompt: str, tokenizer: Tokenizer, counting: Counting,
                 embeddings: EmbeddingIndex | None = None) -> TokenCount:
    """Count a prompt, styles already merged in, over all its AND pieces and steps."""
    text = strip_comments(prompt) if counting.comments else prompt
    text, _ = extract_tags(text)
    pieces = [text] if counting.is_negative else [piece.text for piece in split_composition(text)]
    texts = {entry.text for piece in pieces for entry in unroll(piece, counting.timeline)}
    tokens = max(cut_text(text, tokenizer, counting.encoding, embeddings).token_count for text in texts)
    return TokenCount(tokens, count_limit(tokens))
