from __future__ import annotations

import math

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from modules.sampling.brownian import BrownianPath

START, END = 0.03, 14.6
LEVELS = st.floats(START, END)


def draw(seed: int, count: int = 4) -> Tensor:
    return torch.randn(count, generator=torch.Generator().manual_seed(seed))


def path(entropy: int = 42) -> BrownianPath:
    return BrownianPath(START, END, entropy, draw)


def scaled(made: BrownianPath, t: float, t_next: float) -> Tensor:
    return made.increment(t, t_next) * math.sqrt(abs(t - t_next))


@settings(max_examples=30, deadline=None)
@given(st.lists(LEVELS, min_size=3, max_size=3, unique=True))
def test_increments_add_up(levels: list[float]) -> None:
    a, b, c = sorted(levels)
    made = path()
    assert torch.allclose(scaled(made, a, b) + scaled(made, b, c), scaled(made, a, c), atol=1e-5)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(LEVELS, LEVELS).filter(lambda pair: abs(pair[0] - pair[1]) > 1e-3), min_size=1, max_size=6))
def test_order_of_questions_does_not_matter(questions: list[tuple[float, float]]) -> None:
    forwards, backwards = path(), path()
    answers = [forwards.increment(*question) for question in questions]
    for question, answer in zip(reversed(questions), reversed(answers)):
        assert torch.equal(backwards.increment(*question), answer)


def test_direction_is_the_sign() -> None:
    made = path()
    assert torch.equal(made.increment(3.0, 1.0), -made.increment(1.0, 3.0))


def test_levels_beyond_the_ends_are_the_ends() -> None:
    made = path()
    assert torch.equal(scaled(made, 20.0, 1.0), scaled(made, END, 1.0) * 1.0)
    assert torch.equal(scaled(made, START - 0.01, START), torch.zeros(4))


def test_increments_are_standard_normal() -> None:
    made = BrownianPath(START, END, 7, lambda seed: draw(seed, 20_000))
    for t, t_next in ((14.0, 9.0), (9.0, 8.9), (0.5, 0.031)):
        noise = made.increment(t, t_next)
        assert abs(noise.mean().item()) < 0.03
        assert abs(noise.std().item() - 1) < 0.03


def test_paths_of_different_seeds_differ() -> None:
    assert not torch.equal(path(1).increment(5.0, 1.0), path(2).increment(5.0, 1.0))
