"""Restart sampling: go back up to a higher noise level and down again, to shed accumulated error.

Reference: arXiv:2306.14878; the plan of restarts is A1111 v1.10.1's, for seed compatibility.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor

from modules.sampling.schedules import karras_ramp
from modules.sampling.solvers.contract import Denoise, Noise, OnStep, SolverStep
from modules.sampling.solvers.euler import heun_step

RESTART_FROM = 0.1
RESTART_TO = 2.0


def restart(denoise: Denoise, x: Tensor, sigmas: Sequence[float], noise: Noise, on_step: OnStep) -> Tensor:
    """Take Heun steps, climbing back with fresh noise where the plan says so."""
    last = sigmas[0]
    for i, (sigma, sigma_next) in enumerate(restart_plan(sigmas)):
        if sigma > last:
            x = x.add(noise(last, sigma), alpha=math.sqrt(sigma**2 - last**2))
        denoised = denoise(x, sigma)
        on_step(SolverStep(i, x, denoised, sigma, sigma))
        x = heun_step(denoise, x, denoised, sigma, sigma_next)
        last = sigma_next
    return x


def restart_plan(sigmas: Sequence[float]) -> list[tuple[float, float]]:
    """List the steps as (from, to). Below 20 steps there are no restarts, from 36 on there are two."""
    steps = len(sigmas) - 1
    if steps < 20:
        return list(pairwise(sigmas))
    times, length = (2, steps // 4) if steps >= 36 else (1, 9)
    sigmas = [*karras_ramp(steps - length * times, sigmas[-2], sigmas[0]).tolist(), 0.0]
    low, high = _nearest(sigmas, RESTART_FROM), _nearest(sigmas, RESTART_TO)
    plan = list(pairwise(sigmas))
    if high < low:
        climb = list(pairwise(karras_ramp(length + 1, sigmas[low], sigmas[high]).tolist()))
        plan[low:low] = climb * times
    return plan


def _nearest(sigmas: Sequence[float], value: float) -> int:
    return min(range(len(sigmas)), key=lambda i: abs(sigmas[i] - value))
