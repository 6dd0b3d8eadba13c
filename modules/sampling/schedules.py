"""The twelve ways to space noise levels, from the largest down; most end at 0.

Each takes a ``ScheduleRequest`` and gives float32 levels on the CPU.
Reference: k-diffusion and A1111 v1.10.1 ``sd_schedulers``, for seed compatibility.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from modules.sampling.sigmas import ModelSigmas

ALIGNED_SD = (14.615, 6.475, 3.861, 2.697, 1.886, 1.396, 0.963, 0.652, 0.399, 0.152, 0.029)
ALIGNED_SDXL = (14.615, 6.315, 3.771, 2.181, 1.342, 0.862, 0.555, 0.380, 0.234, 0.113, 0.029)


@dataclass(frozen=True)
class ScheduleRequest:
    """How many levels, between which limits, for which model."""

    steps: int
    sigma_min: float
    sigma_max: float
    model: ModelSigmas
    rho: float = 0.0
    alpha: float = 0.6
    beta: float = 0.6
    is_sdxl: bool = False


def uniform(request: ScheduleRequest) -> Tensor:
    """Space evenly in the model's timesteps; the limits of the request are ignored."""
    low, high = request.model.timestep_range
    return _append_zero(request.model.t_to_sigma(torch.linspace(high, low, request.steps)))


def karras(request: ScheduleRequest) -> Tensor:
    """Space evenly in sigma^(1/rho). Reference: arXiv:2206.00364, equation 5."""
    return _append_zero(karras_ramp(request.steps, request.sigma_min, request.sigma_max, request.rho))


def karras_ramp(steps: int, sigma_min: float, sigma_max: float, rho: float = 7.0) -> Tensor:
    """Give the levels of ``karras`` without the final 0."""
    low, high = sigma_min ** (1 / rho), sigma_max ** (1 / rho)
    return (high + torch.linspace(0, 1, steps) * (low - high)) ** rho


def exponential(request: ScheduleRequest) -> Tensor:
    """Space evenly in log sigma."""
    return _append_zero(torch.linspace(math.log(request.sigma_max), math.log(request.sigma_min),
                                       request.steps).exp())


def polyexponential(request: ScheduleRequest) -> Tensor:
    """Space log sigma by a power of the step."""
    ramp = torch.linspace(1, 0, request.steps) ** request.rho
    low, high = math.log(request.sigma_min), math.log(request.sigma_max)
    return _append_zero(torch.exp(ramp * (high - low) + low))


def sgm_uniform(request: ScheduleRequest) -> Tensor:
    """Space evenly in timesteps between the limits, without the lower one."""
    return _append_zero(request.model.t_to_sigma(_timesteps(request, request.steps + 1)[:-1]))


def normal(request: ScheduleRequest) -> Tensor:
    """Space evenly in timesteps between the limits."""
    return _append_zero(request.model.t_to_sigma(_timesteps(request, request.steps)))


def kl_optimal(request: ScheduleRequest) -> Tensor:
    """Space evenly in atan(sigma). Ends at the smallest level, not at 0.

    Reference: Align Your Steps, arXiv:2404.14507, equation 20.
    """
    share = torch.arange(request.steps + 1) / request.steps
    low, high = torch.tensor([request.sigma_min, request.sigma_max]).atan()
    return torch.tan(share * low + (1 - share) * high)


def align_your_steps(request: ScheduleRequest) -> Tensor:
    """Interpolate the optimised tables of Align Your Steps. Reference: arXiv:2404.14507."""
    table = ALIGNED_SDXL if request.is_sdxl else ALIGNED_SD
    if request.steps == len(table):
        return _append_zero(torch.tensor(table))
    return _append_zero(_interpolate_logarithms(table, request.steps))


def simple(request: ScheduleRequest) -> Tensor:
    """Pick every n-th of the model's levels, from the top."""
    count = len(request.model)
    picks = [-(1 + int(i * count / request.steps)) for i in range(request.steps)]
    return _append_zero(request.model.sigmas[picks])


def ddim(request: ScheduleRequest) -> Tensor:
    """Pick the model's levels as DDIM does; there may be one more than asked for."""
    stride = max(len(request.model) // request.steps, 1)
    return _append_zero(request.model.sigmas[1::stride].flip(0))


def beta(request: ScheduleRequest) -> Tensor:
    """Space by the quantiles of a beta distribution. Reference: arXiv:2407.12173."""
    from scipy.special import betaincinv  # a tenth of a second that only this schedule needs

    quantiles = betaincinv(request.alpha, request.beta, 1 - np.linspace(0, 1, request.steps))
    return _append_zero(torch.tensor(request.sigma_min + quantiles * (request.sigma_max - request.sigma_min),
                                     dtype=torch.float32))


def _timesteps(request: ScheduleRequest, count: int) -> Tensor:
    start, end = request.model.sigma_to_t(torch.tensor([request.sigma_max, request.sigma_min])).tolist()
    return torch.linspace(start, end, count)


def _interpolate_logarithms(table: Sequence[float], count: int) -> Tensor:
    rising = np.log(table[::-1])
    positions = np.linspace(0, 1, count)
    levels = np.exp(np.interp(positions, np.linspace(0, 1, len(rising)), rising))
    return torch.tensor(levels[::-1].copy(), dtype=torch.float32)


def _append_zero(sigmas: Tensor) -> Tensor:
    return torch.cat([sigmas, sigmas.new_zeros(1)])
