"""Euler steps from a picture to noise, against closed forms."""

from __future__ import annotations

import pytest
import torch

from modules.families.noise_schedule import NoiseSchedule
from modules.sampling.conditioning import TextBatch, TextPair
from modules.sampling.denoiser import DiffusionModel
from modules.sampling.inversion import InversionOptions, invert
from modules.sampling.sigmas import ModelSigmas

ALPHAS = NoiseSchedule().alphas_cumprod()
SIGMAS = ModelSigmas(ALPHAS)
TEXTS = TextPair(TextBatch(torch.ones(1, 1, 1)), TextBatch(torch.zeros(1, 1, 1)))
LATENTS = torch.linspace(-1, 1, 16).reshape(1, 1, 4, 4)


def constant(x, timestep, cross, vector, concat, owners):
    """Predicts 3 as noise for what is wanted, 1 for what is not."""
    return (1 + 2 * cross[:, :1, :, None]).expand_as(x)


MODEL = DiffusionModel(constant, ALPHAS)


@pytest.mark.parametrize("scale, noise", [(1.0, 3.0), (0.0, 1.0), (2.0, 5.0)])
def test_constant_noise_is_added_up_to_the_highest_level(scale, noise):
    found = invert(LATENTS, MODEL, TEXTS, InversionOptions(8, scale))
    expected = LATENTS + noise * SIGMAS.maximum
    assert torch.allclose(found, expected / expected.std(), atol=1e-3)


def test_adjusted_steps_begin_after_the_first_and_end_at_unit_noise():
    found = invert(LATENTS, MODEL, TEXTS, InversionOptions(8, 1.0, adjusted=True))
    expected = LATENTS + 3 * (SIGMAS.maximum - SIGMAS.minimum)
    assert torch.allclose(found, expected / SIGMAS.maximum, atol=1e-4)


def test_it_can_be_stopped():
    steps = []
    invert(LATENTS, MODEL, TEXTS, InversionOptions(8), lambda step: steps.append(step) or step < 3)
    assert steps == [1, 2, 3]
