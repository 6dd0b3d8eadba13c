"""What single solvers promise besides converging."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from modules.families.noise_schedule import NoiseSchedule
from modules.foundation.errors import InvalidPictureError
from modules.sampling.schedules import karras_ramp
from modules.sampling.solvers import dpm, euler, multistep, unipc
from modules.sampling.solvers.ancestral import ancestral_step
from modules.sampling.solvers.contract import SolverStep
from modules.sampling.solvers.restart import restart_plan

START = torch.ones(1, 1, 2, 2)


def ignore(step: SolverStep) -> None:
    pass


def refuse(sigma: float, sigma_next: float) -> Tensor:
    raise AssertionError("no noise should be drawn")


@pytest.mark.parametrize(("sigma", "sigma_next", "eta", "down", "up"), [
    (2.0, 1.0, 0.0, 1.0, 0.0), (2.0, 1.0, 1.0, 0.5, math.sqrt(0.75)), (2.0, 0.0, 1.0, 0.0, 0.0),
    (2.0, 2.0, 1.0, 2.0, 0.0), (2.0, 1.0, 9.0, 0.0, 1.0),
])
def test_ancestral_step(sigma: float, sigma_next: float, eta: float, down: float, up: float) -> None:
    assert ancestral_step(sigma, sigma_next, eta) == pytest.approx((down, up), abs=1e-6)


@pytest.mark.parametrize(("steps", "count", "climbs"), [(6, 6, 0), (19, 19, 0), (20, 20, 1), (35, 35, 1), (36, 36, 2),
                                                        (40, 40, 2)])
def test_restart_plan_spends_the_steps_it_has(steps: int, count: int, climbs: int) -> None:
    plan = restart_plan([*karras_ramp(steps, 0.03, 14.6).tolist(), 0.0])
    assert len(plan) == count
    assert sum(after[0] > before[1] for before, after in pairwise(plan)) == climbs
    assert plan[-1][1] == 0


def test_lms_weights_integrate_cubics_exactly() -> None:
    sigmas = [5.0, 3.0, 2.0, 1.5, 1.0]
    weights = multistep.lms_weights(sigmas, 3, 4)
    for power in range(4):
        exact = (sigmas[4]**(power + 1) - sigmas[3]**(power + 1)) / (power + 1)
        assert sum(w * sigmas[3 - k]**power for k, w in enumerate(weights)) == pytest.approx(exact)


def test_churn_draws_in_every_step_but_uses_the_range_only() -> None:
    draws, levels = [], []

    def noise(sigma: float, sigma_next: float) -> Tensor:
        draws.append(sigma)
        return torch.zeros_like(START)

    euler.euler(lambda x, s: x * 0.5, START, [4.0, 2.0, 1.0, 0.0], noise, lambda step: levels.append(step.sigma_hat),
                s_churn=1.5, s_tmin=1.5, s_tmax=3.0)
    assert draws == [4.0, 2.0, 1.0]
    assert levels == pytest.approx([4.0, 2.0 * math.sqrt(2), 1.0])


def test_without_churn_nothing_is_drawn() -> None:
    euler.euler(lambda x, s: x * 0.5, START, [4.0, 2.0, 0.0], refuse, ignore)


@pytest.mark.parametrize("steps", range(1, 14))
def test_dpm_fast_spends_exactly_its_steps(steps: int) -> None:
    calls = []

    def denoise(x: Tensor, sigma: float) -> Tensor:
        calls.append(sigma)
        return x * 0.5

    dpm.dpm_fast(denoise, START, [14.6, 0.03], refuse, ignore, steps=steps)
    assert len(calls) == steps


def test_dpm_adaptive_gives_up_on_numbers_that_are_not_finite() -> None:
    with pytest.raises(InvalidPictureError):
        dpm.dpm_adaptive(lambda x, s: x * math.nan, START, [14.6, 0.03], refuse, ignore)


def test_edits_before_the_update_act() -> None:
    result = euler.euler(lambda x, s: x * 0.5, START, [1.0, 0.0], refuse, lambda step: step.denoised.fill_(7))
    assert torch.equal(result, torch.full_like(START, 7))


@pytest.mark.parametrize("variant", ["bh1", "bh2", "vary_coeff"])
@pytest.mark.parametrize("steps", [1, 2, 3, 5])
def test_unipc_calls_the_model_once_per_step(variant: str, steps: int) -> None:
    calls = []

    def predict(x: Tensor, timestep: float) -> Tensor:
        calls.append(timestep)
        return x * 0.1

    result = unipc.unipc(predict, START, list(range(steps)), refuse, ignore,
                         alphas_cumprod=NoiseSchedule().alphas_cumprod(), variant=variant, order=min(3, steps))
    assert len(calls) == steps
    assert calls[0] == pytest.approx(999)
    assert torch.isfinite(result).all()
