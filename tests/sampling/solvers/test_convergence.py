"""Solvers against pictures whose denoiser is known exactly: every pixel is N(0, SPREAD²)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from modules.families.noise_schedule import NoiseSchedule
from modules.sampling.schedules import karras_ramp
from modules.sampling.solvers import ancestral, ddim, dpm, euler, lcm, multistep, restart, sde, unipc
from modules.sampling.solvers.contract import Solver

SPREAD, HIGH, LOW = 0.5, 10.0, 0.1
ALPHAS = NoiseSchedule().alphas_cumprod().double()
LOG_ALPHAS = ALPHAS.log().tolist()
START = torch.full((1, 1, 1, 1), 3.0, dtype=torch.float64)


def denoise(x: Tensor, sigma: float) -> Tensor:
    return x * (SPREAD**2 / (SPREAD**2 + sigma**2))


def predict(x: Tensor, timestep: float) -> Tensor:
    alpha = math.exp(np.interp(timestep, range(1000), LOG_ALPHAS))
    return x * (math.sqrt(1 - alpha) / variance(alpha))


def variance(alpha: float) -> float:
    return alpha * SPREAD**2 + 1 - alpha


def silent(sigma: float, sigma_next: float) -> Tensor:
    return torch.zeros_like(START)


def ignore(step: Any) -> None:
    pass


def sigma_error(solve: Solver, steps: int, options: dict[str, Any]) -> float:
    levels = [HIGH, *karras_ramp(steps + 1, LOW, HIGH).tolist()[1:-1], LOW]
    if solve is dpm.dpm_fast:
        levels, options = [HIGH, LOW], {**options, "steps": steps}
    exact = 3 * math.sqrt((SPREAD**2 + LOW**2) / (SPREAD**2 + HIGH**2))
    return abs(float(solve(denoise, START, levels, silent, ignore, **options)) - exact) / exact


def timestep_error(solve: Solver, steps: int, options: dict[str, Any]) -> float:
    timesteps = list(range(1, 1000, 1000 // steps))
    first, last = (999, 0) if solve is unipc.unipc else (timesteps[-1], timesteps[0])
    exact = 3 * math.sqrt(variance(float(ALPHAS[last])) / variance(float(ALPHAS[first])))
    result = solve(predict, START, timesteps, silent, ignore, alphas_cumprod=ALPHAS, **options)
    return abs(float(result) - exact) / exact


def order(error: Callable[[Solver, int, dict[str, Any]], float], solve: Solver, options: dict[str, Any]) -> float:
    """Estimate the power of the step length that the error falls with."""
    return math.log2(error(solve, 100, options) / error(solve, 200, options))


@pytest.mark.parametrize(("solve", "options", "expected"), [
    (euler.euler, {}, 1), (euler.heun, {}, 2), (euler.dpm_2, {}, 2),
    (ancestral.euler_ancestral, {"eta": 0.0}, 1), (ancestral.dpm_2_ancestral, {"eta": 0.0}, 2),
    (ancestral.dpmpp_2s_ancestral, {"eta": 0.0}, 2),
    (multistep.lms, {}, 3), (multistep.dpmpp_2m, {}, 2), (dpm.dpm_fast, {}, 2),
    (sde.dpmpp_sde, {"eta": 0.0}, 2), (sde.dpmpp_2m_sde, {"eta": 0.0}, 2), (sde.dpmpp_3m_sde, {"eta": 0.0}, 2),
    (sde.dpmpp_2m_sde, {"eta": 0.0, "solver_type": "heun"}, 2),
], ids=lambda value: getattr(value, "__name__", None))
def test_order_on_sigmas(solve: Solver, options: dict[str, Any], expected: int) -> None:
    assert order(sigma_error, solve, options) > expected - 0.1


@pytest.mark.parametrize(("solve", "options", "expected"), [
    (ddim.ddim, {}, 1), (ddim.plms, {}, 1.8),
    (unipc.unipc, {"skip_type": "logSNR", "order": 1}, 2), (unipc.unipc, {"skip_type": "logSNR", "order": 2}, 3),
    (unipc.unipc, {"skip_type": "logSNR"}, 2), (unipc.unipc, {"skip_type": "logSNR", "variant": "bh2"}, 2),
], ids=lambda value: getattr(value, "__name__", None))
def test_order_on_timesteps(solve: Solver, options: dict[str, Any], expected: float) -> None:
    assert order(timestep_error, solve, options) > expected - 0.1


def test_adaptive_error_is_within_its_tolerance() -> None:
    result = dpm.dpm_adaptive(denoise, START, [HIGH, LOW], silent, ignore)
    exact = 3 * math.sqrt((SPREAD**2 + LOW**2) / (SPREAD**2 + HIGH**2))
    assert float(result) == pytest.approx(exact, rel=0.05)


def test_restart_without_noise_is_heun() -> None:
    levels = karras_ramp(12, LOW, HIGH).tolist()
    plain = euler.heun(denoise, START, levels, silent, ignore)
    assert torch.equal(restart.restart(denoise, START, levels, silent, ignore), plain)


@pytest.mark.parametrize(("solve", "options"), [
    (euler.euler, {"s_churn": 30.0}), (euler.heun, {"s_churn": 30.0}), (euler.dpm_2, {"s_churn": 30.0}),
    (ancestral.euler_ancestral, {}), (ancestral.dpm_2_ancestral, {}), (ancestral.dpmpp_2s_ancestral, {}),
    (sde.dpmpp_sde, {}), (sde.dpmpp_2m_sde, {}), (sde.dpmpp_2m_sde, {"solver_type": "heun"}), (sde.dpmpp_3m_sde, {}),
    (dpm.dpm_fast, {"eta": 1.0, "steps": 99}), (dpm.dpm_adaptive, {"eta": 1.0}),
], ids=lambda value: getattr(value, "__name__", None))
def test_fresh_noise_keeps_the_spread(solve: Solver, options: dict[str, Any]) -> None:
    generator = torch.Generator().manual_seed(0)
    shape = (1, 1, 100, 100)
    start = torch.randn(shape, generator=generator) * math.sqrt(SPREAD**2 + HIGH**2)
    levels = [HIGH, LOW] if solve in (dpm.dpm_fast, dpm.dpm_adaptive) else karras_ramp(300, LOW, HIGH).tolist()
    result = solve(denoise, start, levels, lambda a, b: torch.randn(shape, generator=generator), ignore, **options)
    assert result.std().item() == pytest.approx(math.sqrt(SPREAD**2 + LOW**2), rel=0.04)


def test_climbing_back_keeps_the_spread() -> None:
    generator = torch.Generator().manual_seed(0)
    shape = (1, 1, 100, 100)
    start = torch.randn(shape, generator=generator) * math.sqrt(SPREAD**2 + HIGH**2)
    levels = [*karras_ramp(100, LOW, HIGH).tolist(), 0.0]
    result = restart.restart(denoise, start, levels, lambda a, b: torch.randn(shape, generator=generator), ignore)
    assert result.std().item() == pytest.approx(SPREAD**2 / math.sqrt(SPREAD**2 + LOW**2), rel=0.04)


def test_ddim_with_full_eta_keeps_the_spread() -> None:
    generator = torch.Generator().manual_seed(0)
    shape = (1, 1, 100, 100)
    timesteps = list(range(1, 1000, 5))
    start = torch.randn(shape, generator=generator) * math.sqrt(variance(float(ALPHAS[timesteps[-1]])))
    result = ddim.ddim(predict, start, timesteps, lambda a, b: torch.randn(shape, generator=generator), ignore,
                       alphas_cumprod=ALPHAS, eta=1.0)
    assert result.std().item() == pytest.approx(math.sqrt(variance(float(ALPHAS[1]))), rel=0.04)


def test_lcm_jumps_to_the_denoised_latent() -> None:
    assert torch.equal(lcm.lcm(denoise, START, [HIGH, 0.0], silent, ignore), denoise(START, HIGH))
