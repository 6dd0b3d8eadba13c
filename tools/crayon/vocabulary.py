"""Captions as the rows of CLIP tokens that the networks are trained on."""

from __future__ import annotations

import functools

import torch

from modules.prompting.tokens import ClipTokenizer, load_vocabulary
from tools.crayon.network import END_TOKEN, START_TOKEN, TOKENS


@functools.cache
def _tokenizer() -> ClipTokenizer:
    return ClipTokenizer(load_vocabulary())


def tokenize(text: str) -> list[int]:
    """Return the tokens of a text, without start and end. Raises: ConfigurationError without open_clip_torch."""
    return _tokenizer().encode(text)


def frame(tokens: list[int]) -> list[int]:
    """Frame tokens with start and end, and fill up with the end token to 77."""
    framed = [START_TOKEN, *tokens[: TOKENS - 2], END_TOKEN]
    return framed + [END_TOKEN] * (TOKENS - len(framed))


def batch_tokens(texts: list[str]) -> torch.Tensor:
    """Return framed tokens of many texts.

    Shapes: [len(texts), 77]
    """
    return torch.tensor([frame(tokenize(text)) for text in texts])
