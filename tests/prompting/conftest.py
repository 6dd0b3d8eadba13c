"""A tokenizer, and stand-ins for what prompting asks others for."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from torch import Tensor

from modules.prompting.embeddings import EmbeddingIndex
from modules.prompting.tokens import ClipTokenizer, Vocabulary, load_vocabulary
from modules.prompting.towers import Tower


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    return load_vocabulary()


@pytest.fixture(scope="session")
def tokenizer(vocabulary: Vocabulary) -> ClipTokenizer:
    return ClipTokenizer(vocabulary)


@pytest.fixture(scope="session")
def golden(fixtures: Path) -> Callable[[str], dict]:
    """Read one file of numbers that A1111 itself produced."""
    return lambda name: json.loads((fixtures / "prompting" / f"{name}.json").read_text("utf-8"))


@dataclass
class Embedding:
    """A textual inversion whose vectors are the same for every tower."""

    name: str
    vectors: Tensor

    @property
    def vector_count(self) -> int:
        return len(self.vectors)

    def vectors_for(self, tower: str) -> Tensor:
        return self.vectors


@pytest.fixture
def embedding() -> Callable[..., Embedding]:
    """Make a textual inversion: a name and a number of vectors, or the vectors themselves."""
    def make(name: str, vectors: int | Tensor = 1) -> Embedding:
        return Embedding(name, torch.zeros(vectors, 4) if isinstance(vectors, int) else vectors)
    return make


class RecordingTower:
    """A text encoder whose output tells where it came from, and that remembers what it was asked."""

    def __init__(self, width: int = 4, pooled: bool = False) -> None:
        self.width, self.pooled = width, pooled
        self.calls: list[tuple[list[list[int]], int, Sequence]] = []

    def encode(self, ids: Tensor, clip_skip: int, replacements: Sequence) -> tuple[Tensor, Tensor | None]:
        self.calls.append((ids.tolist(), clip_skip, replacements))
        hidden = (ids % 97 + 1).float()[..., None] * torch.arange(1, self.width + 1)
        return hidden, ids[:, 1:4].float() if self.pooled else None


@pytest.fixture
def recording_tower() -> Callable[..., RecordingTower]:
    return RecordingTower


@pytest.fixture(scope="session")
def is_linear() -> Callable[[Callable[[int], object]], bool]:
    """Find out whether the time of a call grows about as fast as its argument; quadratic is not."""
    def fastest(call: Callable[[int], object], size: int) -> float:
        times = []
        for _ in range(3):
            start = time.thread_time()
            call(size)
            times.append(time.thread_time() - start)
        return max(min(times), 1e-4)

    def measure(call: Callable[[int], object], size: int = 4_000) -> bool:
        # a busy machine can only make it look worse
        return any(fastest(call, 4 * size) < 8 * fastest(call, size) for _ in range(4))
    return measure


@pytest.fixture(scope="session")
def embedding_index(tokenizer: ClipTokenizer) -> EmbeddingIndex:
    return EmbeddingIndex([Embedding("zebra", torch.zeros(4, 4))], tokenizer)


@pytest.fixture(scope="session")
def fuzz_tower(tokenizer: ClipTokenizer) -> Tower:
    return Tower("clip_l", RecordingTower(), tokenizer)
