"""Stochastic DPM-Solver++ samplers; their noise is the increment of one Brownian path.

Reference: arXiv:2211.01095; the numbers are k-diffusion's ``sample_dpmpp_sde``, ``sample_dpmpp_2m_sde``
and ``sample_dpmpp_3m_sde``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor

from modules.sampling.solvers.ancestral import ancestral_step
from modules.sampling.solvers.contract import Denoise, Noise, OnStep, SolverStep, move


def dpmpp_sde(denoise: Denoise, x: Tensor, sigmas: Sequence[float], noise: Noise, on_step: OnStep, *,
              eta: float = 1.0, s_noise: float = 1.0) -> Tensor:
    """Take two stochastic half-informed steps per interval: to its middle, then across it."""
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas)):
        denoised = denoise(x, sigma)
        on_step(SolverStep(i, x, denoised, sigma, sigma))
        if sigma_next == 0:
            x = move(x, denoised, sigma, 0.0)
            continue
        start, middle, end = _float32_levels(sigma, sigma_next)
        down, up = ancestral_step(start, middle, eta)
        x_mid = move(x, denoised, start, down).add_(noise(start, middle), alpha=s_noise * up)
        denoised = denoise(x_mid, middle)
        down, up = ancestral_step(start, end, eta)
        x = move(x, denoised, start, down).add_(noise(start, end), alpha=s_noise * up)
    return x


def _float32_levels(sigma: float, sigma_next: float) -> tuple[float, float, float]:
    """Give both ends and the logarithmic middle of a step, rounded as k-diffusion rounds them.

    The Brownian path is so rough that the last bit of its argument shows in the picture.
    """
    t, t_next = torch.tensor([sigma, sigma_next]).log().neg()
    start, middle, end = torch.stack([t, t + (t_next - t) * 0.5, t_next]).neg().exp().tolist()
    return start, middle, end


def dpmpp_2m_sde(denoise: Denoise, x: Tensor, sigmas: Sequence[float], noise: Noise, on_step: OnStep, *,
                 eta: float = 1.0, s_noise: float = 1.0, solver_type: str = "midpoint") -> Tensor:
    """Correct each step with the change since the last one; ``solver_type`` is ``midpoint`` or ``heun``."""
    previous, h_last = None, 0.0
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas)):
        denoised = denoise(x, sigma)
        on_step(SolverStep(i, x, denoised, sigma, sigma))
        if sigma_next == 0:
            return denoised
        h = math.log(sigma / sigma_next)
        g = (1 + eta) * h
        x = torch.lerp(denoised, x, math.exp(-g))
        if previous is not None:
            weight = 1 + math.expm1(-g) / g if solver_type == "heun" else -math.expm1(-g) / 2
            x.add_(denoised - previous, alpha=weight * h / h_last)
        x = _diffuse(x, noise, (sigma, sigma_next), eta * h, s_noise)
        previous, h_last = denoised, h
    return x


def dpmpp_3m_sde(denoise: Denoise, x: Tensor, sigmas: Sequence[float], noise: Noise, on_step: OnStep, *,
                 eta: float = 1.0, s_noise: float = 1.0) -> Tensor:
    """Correct each step with first and second differences of the last three denoised latents."""
    slopes: list[tuple[Tensor, float]] = []  # (denoised, h) of the last two steps, newest first
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas)):
        denoised = denoise(x, sigma)
        on_step(SolverStep(i, x, denoised, sigma, sigma))
        if sigma_next == 0:
            return denoised
        h = math.log(sigma / sigma_next)
        g = (1 + eta) * h
        x = torch.lerp(denoised, x, math.exp(-g))
        x = _correct(x, denoised, slopes, h, g)
        x = _diffuse(x, noise, (sigma, sigma_next), eta * h, s_noise)
        slopes = [(denoised, h), *slopes[:1]]
    return x


def _correct(x: Tensor, denoised: Tensor, past: list[tuple[Tensor, float]], h: float, g: float) -> Tensor:
    if not past:
        return x
    phi_2 = math.expm1(-g) / g + 1
    last, h_last = past[0]
    difference = (denoised - last).mul_(h / h_last)
    if len(past) == 1:
        return x.add_(difference, alpha=phi_2)
    before, h_before = past[1]
    r0, r1 = h_last / h, h_before / h
    change = difference.sub(last - before, alpha=1 / r1)
    phi_3 = phi_2 / g - 0.5
    return x.add_(difference, alpha=phi_2).add_(change, alpha=(phi_2 * r0 - phi_3) / (r0 + r1))


def _diffuse(x: Tensor, noise: Noise, step: tuple[float, float], eta_h: float, s_noise: float) -> Tensor:
    if eta_h == 0:
        return x
    return x.add_(noise(*step), alpha=step[1] * math.sqrt(-math.expm1(-2 * eta_h)) * s_noise)
