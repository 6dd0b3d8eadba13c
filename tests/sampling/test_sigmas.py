from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from modules.families.noise_schedule import NoiseSchedule
from modules.sampling.sigmas import LcmSigmas, ModelSigmas, downcast, zero_terminal_snr

GOLDEN = json.loads((Path(__file__).parents[1] / "fixtures/sampling/schedules.json").read_text())
ALPHAS = NoiseSchedule().alphas_cumprod()
MODEL = ModelSigmas(ALPHAS)


def test_table_is_the_checkpoints() -> None:
    assert (ALPHAS[0].item(), ALPHAS[999].item()) == (0.9991499781608582, 0.004660098347812891)
    assert (MODEL.minimum, MODEL.maximum) == (0.02916753478348255, 14.614642143249512)
    for index, sigma in GOLDEN["model_sigmas"].items():
        assert MODEL.sigmas[int(index)].item() == sigma


def test_both_directions_are_a1111s() -> None:
    for sigma, t in GOLDEN["sigma_to_t"].items():
        assert MODEL.sigma_to_t(torch.tensor([float(sigma)])).item() == pytest.approx(t, rel=1e-6)
    for t, sigma in GOLDEN["t_to_sigma"].items():
        assert MODEL.t_to_sigma(torch.tensor([float(t)])).item() == pytest.approx(sigma, rel=1e-6)


def test_directions_are_inverse() -> None:
    t = torch.linspace(0, 999, 333)
    assert torch.allclose(MODEL.sigma_to_t(MODEL.t_to_sigma(t)), t, atol=2e-3)


def test_levels_outside_the_table_are_clamped() -> None:
    assert MODEL.sigma_to_t(torch.tensor([1e-4, 1e4])).tolist() == [0, 999]


def test_quantized_timesteps_are_whole() -> None:
    t = ModelSigmas(ALPHAS, quantize=True).sigma_to_t(MODEL.t_to_sigma(torch.tensor([0.2, 500.4, 998.9])))
    assert t.tolist() == [0, 500, 999]


def test_lcm_knows_every_twentieth_level() -> None:
    lcm = LcmSigmas(ALPHAS)
    assert len(lcm) == 50
    assert lcm.timestep_range == (19, 999)
    assert lcm.sigmas.tolist() == MODEL.sigmas[19::20].tolist()
    assert lcm.sigma_to_t(torch.tensor([lcm.maximum, lcm.minimum, MODEL.sigmas[500].item()])).tolist() == [999, 19, 499]
    assert lcm.t_to_sigma(torch.tensor([19.0, 999.0, 5.0])).tolist() == \
        pytest.approx([lcm.minimum, lcm.maximum, lcm.minimum])


def test_zero_terminal_snr_ends_in_noise() -> None:
    sigmas = ModelSigmas(zero_terminal_snr(ALPHAS)).sigmas
    assert sigmas[[0, -2, -1]].tolist() == pytest.approx([0.02916753, 2254.2354, 4518.7637], rel=1e-4)


def test_downcast_sigmas_are_as_rough_as_the_alphas() -> None:
    rough = ModelSigmas(downcast(ALPHAS))
    assert (rough.minimum, rough.maximum) == (0.03125, 14.609375)
    assert rough.sigmas.dtype == torch.float32
