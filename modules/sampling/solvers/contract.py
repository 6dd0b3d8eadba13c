"""What every solver is given, and the one step they share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

Denoise = Callable[[Tensor, float], Tensor]
"""``(x, sigma) -> denoised``. Timestep solvers get ``(x, timestep) -> predicted noise`` instead."""

Noise = Callable[[float, float], Tensor]
"""``(sigma, sigma_next) -> unit noise`` for the step between two noise levels."""


class GuidedNoise(Protocol):
    """A noise prediction that remembers its unconditional half."""

    uncond: Tensor

    def __call__(self, x: Tensor, timestep: float) -> Tensor: ...


@dataclass(frozen=True)
class SolverStep:
    """The state just before a step uses ``denoised``. The tensors are live: edits in place count."""

    index: int
    x: Tensor
    denoised: Tensor
    sigma: float
    sigma_hat: float


OnStep = Callable[[SolverStep], None]
Solver = Callable[..., Tensor]


def move(x: Tensor, denoised: Tensor, sigma: float, sigma_next: float) -> Tensor:
    """Go straight towards (or away from) ``denoised`` until the noise level is ``sigma_next``."""
    return torch.lerp(denoised, x, sigma_next / sigma)


def slope(x: Tensor, denoised: Tensor, sigma: float) -> Tensor:
    """Give dx/dsigma of the probability flow ODE."""
    return (x - denoised).div_(sigma)


def middle(sigma: float, sigma_next: float) -> float:
    """Give the logarithmic middle of two levels, with k-diffusion's rounding in float32."""
    start, end = torch.tensor([sigma, sigma_next]).log()
    return float(start.lerp(end, 0.5).exp())
