"""Sampling of latent consistency models."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor

from modules.sampling.solvers.contract import Denoise, Noise, OnStep, SolverStep


def lcm(denoise: Denoise, x: Tensor, sigmas: Sequence[float], noise: Noise, on_step: OnStep) -> Tensor:
    """Jump to the denoised latent, then noise it again for the next level.

    Reference: arXiv:2310.04378, algorithm 3.
    """
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas)):
        denoised = denoise(x, sigma)
        on_step(SolverStep(i, x, denoised, sigma, sigma))
        x = denoised
        if sigma_next > 0:
            x = x.add(noise(sigma, sigma_next), alpha=sigma_next)
    return x
