"""The noise schedule every Stable Diffusion was trained on."""

from __future__ import annotations

import numpy
import torch

from modules.families.noise_schedule import NoiseSchedule


def test_known_values():
    alphas = NoiseSchedule().alphas_cumprod()
    assert alphas.dtype is torch.float32 and alphas.shape == (1000,)
    sigmas = ((1 - alphas) / alphas) ** 0.5
    assert abs(float(sigmas[0]) - 0.029167) < 1e-6
    assert abs(float(sigmas[-1]) - 14.614646) < 1e-5


def test_it_agrees_with_numpy():
    betas = numpy.linspace(0.001 ** 0.5, 0.02 ** 0.5, 1000) ** 2
    expected = numpy.cumprod(1 - betas)
    assert numpy.allclose(NoiseSchedule(0.001, 0.02).alphas_cumprod().numpy(), expected, rtol=1e-6)
