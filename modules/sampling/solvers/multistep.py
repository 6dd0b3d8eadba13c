"""Deterministic samplers that remember earlier steps: LMS and DPM++ 2M."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor

from modules.sampling.solvers.contract import Denoise, Noise, OnStep, SolverStep, move, slope

LMS_ORDER = 4


def lms(denoise: Denoise, x: Tensor, sigmas: Sequence[float], noise: Noise, on_step: OnStep) -> Tensor:
    """Integrate the polynomial through the last four slopes (Adams-Bashforth with uneven steps).

    Reference: k-diffusion ``sample_lms``.
    """
    slopes: deque[Tensor] = deque(maxlen=LMS_ORDER)
    for i, sigma in enumerate(sigmas[:-1]):
        denoised = denoise(x, sigma)
        on_step(SolverStep(i, x, denoised, sigma, sigma))
        slopes.appendleft(slope(x, denoised, sigma))
        x = x.clone()
        for weight, past in zip(lms_weights(sigmas, i, len(slopes)), slopes):
            x.add_(past, alpha=weight)
    return x


def lms_weights(sigmas: Sequence[float], i: int, order: int) -> list[float]:
    """Integrate each Lagrange polynomial over step ``i``; newest slope first.

    Two Gauss points are exact up to the third degree, so this equals k-diffusion's adaptive quadrature.
    """
    middle, half = (sigmas[i] + sigmas[i + 1]) / 2, (sigmas[i + 1] - sigmas[i]) / 2
    points = (middle - half / math.sqrt(3), middle + half / math.sqrt(3))
    nodes = [sigmas[i - k] for k in range(order)]
    return [half * sum(math.prod((point - other) / (node - other) for other in nodes if other != node)
                       for point in points) for node in nodes]


def dpmpp_2m(denoise: Denoise, x: Tensor, sigmas: Sequence[float], noise: Noise, on_step: OnStep) -> Tensor:
    """Extrapolate the denoised latent from the last two; the first and last step are first order.

    Reference: DPM-Solver++(2M), arXiv:2211.01095.
    """
    previous, h_last = None, 0.0
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas)):
        denoised = denoise(x, sigma)
        on_step(SolverStep(i, x, denoised, sigma, sigma))
        target = denoised
        if sigma_next > 0:
            h = math.log(sigma / sigma_next)
            if previous is not None:
                target = torch.lerp(previous, denoised, 1 + h / (2 * h_last))
            h_last = h
        x = move(x, target, sigma, sigma_next)
        previous = denoised
    return x
