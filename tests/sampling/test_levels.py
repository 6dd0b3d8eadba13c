from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from modules.families.noise_schedule import NoiseSchedule
from modules.foundation.errors import InvalidRequestError
from modules.sampling.levels import LevelPlanner, img2img_steps
from modules.sampling.options import SamplingOptions
from modules.sampling.registry import BUILTIN
from modules.sampling.sigmas import LcmSigmas, ModelSigmas

GOLDEN = json.loads((Path(__file__).parents[1] / "fixtures/sampling/schedules.json").read_text())
MODEL = ModelSigmas(NoiseSchedule().alphas_cumprod())


def planner(sampler: str = "Euler", **fields: Any) -> LevelPlanner:
    return LevelPlanner(SamplingOptions(sampler=sampler, **fields), BUILTIN.sampler(sampler), BUILTIN, {})


@pytest.mark.parametrize("sampler", GOLDEN["sampler_default_sigmas"])
def test_defaults_are_a1111s(sampler: str) -> None:
    expected = GOLDEN["sampler_default_sigmas"][sampler]
    if "timesteps" in expected:
        for steps, timesteps in expected["timesteps"].items():
            assert planner(sampler).timesteps(int(steps)) == timesteps
        return
    model = LcmSigmas(NoiseSchedule().alphas_cumprod()) if sampler == "LCM" else MODEL
    for steps, sigmas in expected.items():
        assert planner(sampler).sigmas(model, int(steps)) == pytest.approx(sigmas, rel=1e-6)


def test_img2img_steps_are_a1111s() -> None:
    for case, expected in GOLDEN["setup_img2img_steps"].items():
        steps, strength = case.split("@")
        for exact, name in ((False, "steps_tenc"), (True, "fix_steps")):
            assert img2img_steps(int(steps), float(strength), exact=exact) == tuple(expected[name]), case


@pytest.mark.parametrize(("fields", "infotext"), [
    ({"scheduler": "Karras", "rho": 7.0}, {"Schedule type": "Karras"}),
    ({"scheduler": "Karras", "rho": 5.0}, {"Schedule type": "Karras", "Schedule rho": 5.0}),
    ({"scheduler": "Exponential", "rho": 5.0}, {"Schedule type": "Exponential"}),
    ({"scheduler": "Karras", "sigma_min": MODEL.minimum}, {"Schedule type": "Karras"}),
    ({"sigma_min": 0.1}, {}),
    ({"always_discard_next_to_last_sigma": True}, {"Discard penultimate sigma": True}),
    ({"sampler": "DPM2", "always_discard_next_to_last_sigma": True}, {"Schedule type": "Karras"}),
    ({"scheduler": "beta", "beta_dist_alpha": 0.5},
     {"Schedule type": "Beta", "Beta schedule alpha": 0.5, "Beta schedule beta": 0.6}),
])
def test_what_is_noted(fields: dict[str, Any], infotext: dict[str, Any]) -> None:
    made = planner(**fields)
    made.sigmas(MODEL, 10)
    assert made.infotext == infotext


def test_an_override_beats_the_schedule() -> None:
    made = LevelPlanner(SamplingOptions(scheduler="Karras"), BUILTIN.sampler("Euler"), BUILTIN, {},
                        override=lambda steps: torch.arange(steps, -1, -1.0))
    assert made.sigmas(MODEL, 3) == [3, 2, 1, 0]
    assert made.infotext == {}


@pytest.mark.parametrize("limits", [{"sigma_min": 20.0}, {"sigma_max": 0.01}, {"sigma_min": 2.0, "sigma_max": 2.0}])
def test_limits_the_wrong_way_round_are_refused(limits: dict[str, float]) -> None:
    with pytest.raises(InvalidRequestError, match="not below"):
        planner(scheduler="Karras", **limits).sigmas(MODEL, 10)


def test_more_timesteps_than_training_had_are_refused() -> None:
    with pytest.raises(InvalidRequestError, match="at most 1000"):
        planner("DDIM").timesteps(1001)


def test_a_stretched_schedule_has_an_end() -> None:
    with pytest.raises(InvalidRequestError) as refusal:
        img2img_steps(20, 1e-6, exact=True)
    assert refusal.value.field == "denoising_strength"
