"""The three Runge-Kutta samplers of Karras et al. with optional churn: Euler, Heun, DPM2.

Reference: arXiv:2206.00364, algorithm 2; the numbers are k-diffusion's ``sample_euler``,
``sample_heun`` and ``sample_dpm_2``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from torch import Tensor

from modules.sampling.solvers.contract import Denoise, Noise, OnStep, SolverStep, middle, move, slope


def euler(denoise: Denoise, x: Tensor, sigmas: Sequence[float], noise: Noise, on_step: OnStep, *,
          s_churn: float = 0.0, s_tmin: float = 0.0, s_tmax: float = math.inf, s_noise: float = 1.0) -> Tensor:
    """Follow the ODE with one evaluation per step (first order)."""
    churn = _Churn(s_churn / max(len(sigmas) - 1, 1), s_tmin, s_tmax, s_noise)
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas)):
        x, sigma_hat = churn.apply(x, sigma, noise)
        denoised = denoise(x, sigma_hat)
        on_step(SolverStep(i, x, denoised, sigma, sigma_hat))
        x = move(x, denoised, sigma_hat, sigma_next)
    return x


def heun(denoise: Denoise, x: Tensor, sigmas: Sequence[float], noise: Noise, on_step: OnStep, *,
         s_churn: float = 0.0, s_tmin: float = 0.0, s_tmax: float = math.inf, s_noise: float = 1.0) -> Tensor:
    """Follow the ODE with the trapezoidal rule (second order)."""
    churn = _Churn(s_churn / max(len(sigmas) - 1, 1), s_tmin, s_tmax, s_noise)
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas)):
        x, sigma_hat = churn.apply(x, sigma, noise)
        denoised = denoise(x, sigma_hat)
        on_step(SolverStep(i, x, denoised, sigma, sigma_hat))
        x = heun_step(denoise, x, denoised, sigma_hat, sigma_next)
    return x


def heun_step(denoise: Denoise, x: Tensor, denoised: Tensor, sigma: float, sigma_next: float) -> Tensor:
    """Average two Euler steps, with the slopes of both ends; the last, to zero noise, has only one."""
    x_end = move(x, denoised, sigma, sigma_next)
    if sigma_next == 0:
        return x_end
    slope_end = slope(x_end, denoise(x_end, sigma_next), sigma_next)
    return x.add(slope_end, alpha=sigma_next - sigma).lerp_(x_end, 0.5)


def dpm_2(denoise: Denoise, x: Tensor, sigmas: Sequence[float], noise: Noise, on_step: OnStep, *,
          s_churn: float = 0.0, s_tmin: float = 0.0, s_tmax: float = math.inf, s_noise: float = 1.0) -> Tensor:
    """Follow the ODE with the slope at the middle of the step in log sigma (second order).

    Reference: DPM-Solver-2, arXiv:2206.00927.
    """
    churn = _Churn(s_churn / max(len(sigmas) - 1, 1), s_tmin, s_tmax, s_noise)
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas)):
        x, sigma_hat = churn.apply(x, sigma, noise)
        denoised = denoise(x, sigma_hat)
        on_step(SolverStep(i, x, denoised, sigma, sigma_hat))
        x = midpoint_step(denoise, x, denoised, sigma_hat, sigma_next)
    return x


def midpoint_step(denoise: Denoise, x: Tensor, denoised: Tensor, sigma: float, sigma_next: float) -> Tensor:
    """Cross the whole step with the slope found at its logarithmic middle."""
    if sigma_next == 0:
        return move(x, denoised, sigma, sigma_next)
    sigma_mid = middle(sigma, sigma_next)
    x_mid = move(x, denoised, sigma, sigma_mid)
    return x.add(slope(x_mid, denoise(x_mid, sigma_mid), sigma_mid), alpha=sigma_next - sigma)


@dataclass(frozen=True)
class _Churn:
    """Noise added before a step, so that errors of earlier steps are forgotten."""

    per_step: float
    s_tmin: float
    s_tmax: float
    s_noise: float

    def apply(self, x: Tensor, sigma: float, noise: Noise) -> tuple[Tensor, float]:
        """Raise the noise level from ``sigma``, by at most a factor of sqrt(2), inside [s_tmin, s_tmax]."""
        if self.per_step == 0:
            return x, sigma
        draw = noise(sigma, sigma)  # drawn outside the range too: A1111's later draws depend on it
        if not self.s_tmin <= sigma <= self.s_tmax:
            return x, sigma
        sigma_hat = sigma * (1 + min(self.per_step, math.sqrt(2) - 1))
        return x.add(draw, alpha=self.s_noise * math.sqrt(sigma_hat**2 - sigma**2)), sigma_hat
