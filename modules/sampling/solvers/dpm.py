"""DPM-Solver in log sigma: "fast" places its own steps, "adaptive" also chooses their length.

Reference: arXiv:2206.00927, algorithms 1 and 2; the numbers are k-diffusion's ``sample_dpm_fast`` and
``sample_dpm_adaptive``. Of ``sigmas`` only the first and the last count, and the last is not 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import pairwise

import torch
from torch import Tensor

from modules.foundation.errors import InvalidPictureError
from modules.sampling.solvers.ancestral import ancestral_step
from modules.sampling.solvers.contract import Denoise, Noise, OnStep, SolverStep, slope


def dpm_fast(denoise: Denoise, x: Tensor, sigmas: Sequence[float], noise: Noise, on_step: OnStep, *,
             steps: int, eta: float = 0.0, s_noise: float = 1.0) -> Tensor:
    """Spend ``steps`` evaluations on third-order steps, and the rest on one of lower order."""
    start, end = -math.log(sigmas[0]), -math.log(sigmas[-1])
    orders = [3] * (steps // 3 - 1) + [2, 1] if steps % 3 == 0 else [3] * (steps // 3) + [steps % 3]
    times = [start + (end - start) * i / len(orders) for i in range(len(orders) + 1)]
    for i, (order, (t, t_next)) in enumerate(zip(orders, pairwise(times))):
        t_down, up = _ancestral_time(t, t_next, end, eta)
        step = _Step(denoise, x, t, t_down)
        on_step(SolverStep(i, x, step.denoised, math.exp(-t), math.exp(-t)))
        x = (step.first, step.second, step.third)[order - 1]()
        if eta:
            x.add_(noise(math.exp(-t), math.exp(-t_next)), alpha=s_noise * up)
    return x


def dpm_adaptive(denoise: Denoise, x: Tensor, sigmas: Sequence[float], noise: Noise, on_step: OnStep, *,
                 eta: float = 0.0) -> Tensor:
    """Compare second and third order on every step and choose the next length by their difference.

    Raises: InvalidPictureError when the model's numbers are not finite.
    """
    t, end = -math.log(sigmas[0]), -math.log(sigmas[-1])
    length = _StepLength(order=1.5 if eta else 3.0)
    x_last, count = x, 0
    while t < end - 1e-5:
        t_next = min(end, t + length.h)
        t_down, up = _ancestral_time(t, t_next, end, eta)
        step = _Step(denoise, x, t, t_down)
        low, high, denoised = step.second(r1=1 / 3), step.third(), step.denoised
        del step  # its slopes are several latents
        if length.accept(_difference(low, high, x_last)):
            x_last, x = low, high
            if eta:
                x = x.add(noise(math.exp(-t), math.exp(-t_next)), alpha=up)
            t = t_next
        on_step(SolverStep(count, x, denoised, math.exp(-t), math.exp(-t)))
        count += 1
    return x


class _Step:
    """One step from ``t`` to ``t_next`` (t = -log sigma); its orders share their evaluations."""

    def __init__(self, denoise: Denoise, x: Tensor, t: float, t_next: float) -> None:
        self._denoise, self._x, self._t, self._h = denoise, x, t, t_next - t
        self.denoised = denoise(x, math.exp(-t))
        self._bends: dict[float, Tensor] = {}

    @cached_property
    def _slope(self) -> Tensor:
        return slope(self._x, self.denoised, self._sigma(0.0))

    def first(self) -> Tensor:
        return self._reach(1.0)

    def second(self, r1: float = 0.5) -> Tensor:
        return self.first().sub_(self._bend(r1, self._reach), alpha=self._growth(1.0) / (2 * r1))

    def third(self, r1: float = 1 / 3, r2: float = 2 / 3) -> Tensor:
        def reach(r: float) -> Tensor:
            return self._reach(r).sub_(self._bend(r1, self._reach), alpha=self._curl(r) * r / r1)

        return self.first().sub_(self._bend(r2, reach), alpha=self._curl(1.0) / r2)

    def _reach(self, r: float) -> Tensor:
        """Go the fraction ``r`` of the step with the first slope."""
        return self._x.sub(self._slope, alpha=self._growth(r))

    def _bend(self, r: float, reach: Callable[[float], Tensor]) -> Tensor:
        """Measure how much the slope has changed at the fraction ``r`` of the step."""
        if r not in self._bends:
            x, sigma = reach(r), self._sigma(r)
            self._bends[r] = slope(x, self._denoise(x, sigma), sigma).sub_(self._slope)
        return self._bends[r]

    def _sigma(self, r: float) -> float:
        return math.exp(-(self._t + r * self._h))

    def _growth(self, r: float) -> float:
        return self._sigma(r) * math.expm1(r * self._h)

    def _curl(self, r: float) -> float:
        return self._sigma(r) * (math.expm1(r * self._h) / (r * self._h) - 1)


class _StepLength:
    """A controller of the step length: the smaller the last error, the longer the next step."""

    TOLERANCE, ACCEPT_ABOVE, EPSILON = 0.05, 0.81, 1e-8

    def __init__(self, order: float) -> None:
        self.h, self._order = 0.05, order

    def accept(self, error: float) -> bool:
        """Judge a step by its error (1 is the tolerance) and set the length of the next."""
        if not math.isfinite(error):
            raise InvalidPictureError("The model produced numbers that are not finite, so DPM adaptive cannot "
                                      "choose a step.", remedy="Try float32 precision or another sampler.")
        factor = 1 + math.atan((1 / (error + self.EPSILON)) ** (1 / self._order) - 1)
        self.h *= factor
        return factor >= self.ACCEPT_ABOVE


def _ancestral_time(t: float, t_next: float, end: float, eta: float) -> tuple[float, float]:
    """Give the time to denoise down to, and the noise that leads back to ``t_next``."""
    if not eta:
        return t_next, 0.0
    down, _ = ancestral_step(math.exp(-t), math.exp(-t_next), eta)
    t_down = min(end, -math.log(down)) if down > 0 else end
    return t_down, math.sqrt(max(math.exp(-2 * t_next) - math.exp(-2 * t_down), 0.0))


def _difference(low: Tensor, high: Tensor, x_last: Tensor) -> float:
    """Measure the error against a relative tolerance of 0.05 and an absolute one of 0.0078."""
    scale = low.abs()
    torch.maximum(scale, x_last.abs(), out=scale)
    scale.mul_(0.05).clamp_(min=0.0078)
    return float(torch.linalg.norm((low - high).div_(scale))) / math.sqrt(low.numel())
