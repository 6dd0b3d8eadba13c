"""A network of one line, and tasks around it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from modules.families.noise_schedule import NoiseSchedule
from modules.sampling.conditioning import Branch, Context, GuidanceInput, Schedule
from modules.sampling.denoiser import DiffusionModel
from modules.sampling.noise import NoiseSettings, NoiseSource
from modules.sampling.options import SamplingOptions
from modules.sampling.sample import SamplingTask

CPU = torch.device("cpu")
SHAPE = (4, 4, 4)
END = 10_000


class ToyNetwork:
    """tanh(x)·t/1000 + 0.05·mean(text)·cos(x); remembers how it was called."""

    def __init__(self) -> None:
        self.timesteps: list[float] = []
        self.sizes: list[int] = []
        self.tokens: list[int] = []
        self.concats: list[Tensor | None] = []
        self.vectors: list[Tensor | None] = []
        self.owners: list[list[int]] = []

    def __call__(self, x: Tensor, timestep: Tensor, cross: Tensor, vector: Tensor | None,
                 concat: Tensor | None, owners: Sequence[int]) -> Tensor:
        self.timesteps.append(float(timestep[0]))
        self.sizes.append(len(x))
        self.tokens.append(cross.shape[1])
        self.concats.append(concat)
        self.vectors.append(vector)
        self.owners.append(list(owners))
        level = (timestep / 1000).view(-1, 1, 1, 1)
        return torch.tanh(x) * level + 0.05 * cross.mean((1, 2)).view(-1, 1, 1, 1) * torch.cos(x)


def context(value: float, tokens: int = 2) -> Context:
    return Context(torch.full((tokens, 3), value))


def always(value: float, tokens: int = 2) -> Schedule:
    return ((END, context(value, tokens)),)


def guidance(images: int = 1, cond: tuple[Branch, ...] | None = None) -> GuidanceInput:
    return GuidanceInput((cond or (Branch(1.0, always(1.0)),),) * images, (always(-1.0),) * images)


def noise(*seeds: int, shape: tuple[int, ...] = SHAPE, subseeds: tuple[int, ...] = (), **settings: Any) -> NoiseSource:
    return NoiseSource(seeds or (42,), shape, CPU, subseeds=subseeds,
                       settings=NoiseSettings(**{"source": "CPU", **settings}))


def model(network: Any = None, **fields: Any) -> DiffusionModel:
    alphas = NoiseSchedule().alphas_cumprod()
    return DiffusionModel(**{"predict": network or ToyNetwork(), "alphas_cumprod": alphas, **fields})


def task(network: Any = None, **fields: Any) -> SamplingTask:
    """Make a task of one 4x4 latent with seed 42; fields that options know go into the options."""
    known = SamplingOptions.__dataclass_fields__
    options = SamplingOptions(**{"sampler": "Euler", "steps": 6, **{k: v for k, v in fields.items() if k in known}})
    rest = {k: v for k, v in fields.items() if k not in known}
    return SamplingTask(**{"model": model(network), "guidance": guidance(), "noise": noise(), "options": options,
                           **rest})
