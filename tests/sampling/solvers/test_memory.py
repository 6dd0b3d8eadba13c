"""How many latents a solver holds at once, besides what it is given."""

from __future__ import annotations

import weakref
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from modules.families.noise_schedule import NoiseSchedule
from modules.sampling.registry import BUILTIN, SamplerSpec
from modules.sampling.schedules import karras_ramp

SHAPE = (1, 4, 8, 8)
HISTORY = {"LMS": 4, "DPM fast": 3, "DPM adaptive": 5, "PLMS": 3, "UniPC": 4}
"""Slopes and denoised latents that the algorithm itself must remember."""


class LatentCounter(TorchDispatchMode):
    """Counts the latents that operations make, while somebody holds them."""

    def __init__(self) -> None:
        super().__init__()
        self.alive = self.peak = 0
        self._known: set[int] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if isinstance(result, Tensor) and result.shape == SHAPE and id(result) not in self._known:
            self._known.add(id(result))
            self.alive += 1
            self.peak = max(self.peak, self.alive)
            weakref.finalize(result, self._forget, id(result))
        return result

    def _forget(self, key: int) -> None:
        self._known.discard(key)
        self.alive -= 1


class Denoiser:
    """Gives a new prediction every time, outside the count."""

    def __init__(self) -> None:
        self.predictions = [torch.full(SHAPE, 0.01 * i) for i in range(200)]
        self.uncond = self.predictions[0]

    def __call__(self, x: Tensor, level: float) -> Tensor:
        return self.predictions.pop()


@pytest.mark.parametrize("spec", BUILTIN.samplers, ids=lambda spec: spec.label)
def test_two_latents_besides_the_result_and_history(spec: SamplerSpec) -> None:
    levels = list(range(1, 1000, 50)) if spec.view == "timestep" else \
        [14.6, 0.03] if spec.own_steps else [*karras_ramp(20, 0.03, 14.6).tolist(), 0.0]
    offered = {"alphas_cumprod": NoiseSchedule().alphas_cumprod(), "steps": 20, "eta": 1.0, "s_churn": 10.0}
    options = {name: value for name, value in offered.items() if name in spec.accepts}
    start, noise, denoiser = torch.zeros(SHAPE), torch.zeros(SHAPE), Denoiser()
    with LatentCounter() as counter:
        spec.solve(denoiser, start, levels, lambda a, b: noise, lambda step: None, **options, **spec.fixed)
    result_and_x = 2
    assert counter.peak - HISTORY.get(spec.label, 0) - result_and_x <= 2
