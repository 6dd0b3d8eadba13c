from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from torch import Tensor

from modules.families.noise_schedule import NoiseSchedule
from modules.sampling import schedules
from modules.sampling.registry import BUILTIN
from modules.sampling.schedules import ScheduleRequest
from modules.sampling.sigmas import ModelSigmas

GOLDEN = json.loads((Path(__file__).parents[1] / "fixtures/sampling/schedules.json").read_text())
MODEL = ModelSigmas(NoiseSchedule().alphas_cumprod())


def make(label: str, steps: int, *, is_sdxl: bool = False) -> list[float]:
    spec = BUILTIN.scheduler(label)
    function: Callable[[ScheduleRequest], Tensor] = spec.make or schedules.uniform
    request = ScheduleRequest(steps, MODEL.minimum, MODEL.maximum, MODEL, spec.default_rho, is_sdxl=is_sdxl)
    return function(request).tolist()


@pytest.mark.parametrize("label", GOLDEN["schedulers"])
def test_every_step_count_is_a1111s(label: str) -> None:
    for steps, expected in GOLDEN["schedulers"][label].items():
        assert make(label, int(steps)) == pytest.approx(expected, rel=1e-6, abs=1e-9), steps


def test_sdxl_has_its_own_aligned_table() -> None:
    for steps, expected in GOLDEN["align_your_steps_sdxl"].items():
        assert make("Align Your Steps", int(steps), is_sdxl=True) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("label", [spec.label for spec in BUILTIN.schedulers if spec.make])
@pytest.mark.parametrize("steps", [1, 2, 7, 150, 999])
def test_levels_fall(label: str, steps: int) -> None:
    levels = make(label, steps)
    assert all(a >= b for a, b in pairwise(levels))
    assert min(levels[:-1]) > 0


def test_only_kl_optimal_ends_above_zero() -> None:
    ends = {spec.label: make(spec.label, 10)[-1] for spec in BUILTIN.schedulers if spec.make}
    assert {label for label, end in ends.items() if end > 0} == {"KL Optimal"}


def test_karras_ramp_keeps_its_ends() -> None:
    ramp = schedules.karras_ramp(5, 0.1, 10.0)
    assert torch.allclose(ramp[[0, -1]], torch.tensor([10.0, 0.1]))
