"""Samplers that step below the next noise level and climb back with fresh noise.

Reference: k-diffusion ``get_ancestral_step``, ``sample_euler_ancestral``, ``sample_dpm_2_ancestral``,
``sample_dpmpp_2s_ancestral``; the latter's solver is DPM-Solver++(2S), arXiv:2211.01095.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from torch import Tensor

from modules.sampling.solvers.contract import Denoise, Noise, OnStep, SolverStep, middle, move
from modules.sampling.solvers.euler import midpoint_step


def ancestral_step(sigma: float, sigma_next: float, eta: float) -> tuple[float, float]:
    """Split a step: the level to denoise down to, and the noise to add to reach ``sigma_next``.

    The difference of squares cancels most digits; float32 loses them the way k-diffusion does.
    """
    if not eta:
        return sigma_next, 0.0
    start, end = np.float32(sigma**2), np.float32(sigma_next**2)
    up = min(np.float32(sigma_next), np.float32(eta) * np.sqrt(end * (start - end) / start))
    return float(np.sqrt(end - up * up)), float(up)


def euler_ancestral(denoise: Denoise, x: Tensor, sigmas: Sequence[float], noise: Noise, on_step: OnStep, *,
                    eta: float = 1.0) -> Tensor:
    """Take Euler steps with fresh noise after each."""
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas)):
        denoised = denoise(x, sigma)
        on_step(SolverStep(i, x, denoised, sigma, sigma))
        down, up = ancestral_step(sigma, sigma_next, eta)
        x = move(x, denoised, sigma, down)
        if sigma_next > 0:
            x.add_(noise(sigma, sigma_next), alpha=up)
    return x


def dpm_2_ancestral(denoise: Denoise, x: Tensor, sigmas: Sequence[float], noise: Noise, on_step: OnStep, *,
                    eta: float = 1.0, s_noise: float = 1.0) -> Tensor:
    """Take midpoint steps with fresh noise after each."""
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas)):
        denoised = denoise(x, sigma)
        on_step(SolverStep(i, x, denoised, sigma, sigma))
        down, up = ancestral_step(sigma, sigma_next, eta)
        x = midpoint_step(denoise, x, denoised, sigma, down)
        if down > 0:
            x.add_(noise(sigma, sigma_next), alpha=s_noise * up)
    return x


def dpmpp_2s_ancestral(denoise: Denoise, x: Tensor, sigmas: Sequence[float], noise: Noise, on_step: OnStep, *,
                       eta: float = 1.0, s_noise: float = 1.0) -> Tensor:
    """Take DPM-Solver++(2S) steps with fresh noise after each."""
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas)):
        denoised = denoise(x, sigma)
        on_step(SolverStep(i, x, denoised, sigma, sigma))
        down, up = ancestral_step(sigma, sigma_next, eta)
        if down > 0:
            sigma_mid = middle(sigma, down)
            denoised = denoise(move(x, denoised, sigma, sigma_mid), sigma_mid)
        x = move(x, denoised, sigma, down)
        if sigma_next > 0:
            x.add_(noise(sigma, sigma_next), alpha=s_noise * up)
    return x
