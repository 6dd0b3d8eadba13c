"""UniPC: a predictor and a corrector of any order that share one evaluation per step.

It works on its own continuous times between 0 and 1 and predicts the denoised latent.
Reference: arXiv:2302.04867; variants ``bh1`` and ``bh2`` choose B(h), ``vary_coeff`` follows appendix C.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from modules.sampling.solvers.contract import Denoise, Noise, OnStep, SolverStep


def unipc(predict: Denoise, x: Tensor, timesteps: Sequence[int], noise: Noise, on_step: OnStep, *,
          alphas_cumprod: Tensor, t_start: float = 1.0, variant: str = "bh1",
          skip_type: str = "time_uniform", order: int = 3, lower_order_final: bool = True) -> Tensor:
    """Take ``len(timesteps)`` steps from ``t_start`` down to the first training step.

    Only the number of ``timesteps`` counts. ``order`` is at most that number.
    """
    path = _NoisePath(alphas_cumprod)
    steps = len(timesteps)
    times = path.place(skip_type, t_start, steps)
    evaluate = _Evaluator(predict, path)
    past = [evaluate(x, times[0])]
    for i in range(1, steps + 1):
        on_step(SolverStep(i - 1, x, past[-1].denoised, math.exp(-past[-1].lam), math.exp(-past[-1].lam)))
        step_order = min(order, i)
        if lower_order_final and i >= order:
            step_order = min(order, steps + 1 - i)
        update = _Update(past[-step_order:], path.at(times[i]), variant)
        predicted = update.predict(x)
        if i == steps:
            return predicted
        point = evaluate(predicted, times[i])
        x = update.correct(x, point)
        past = [*past, point][-order:]
    return x


@dataclass(frozen=True)
class _Level:
    """A point of the noise schedule; ``lam`` is half the log signal-to-noise ratio."""

    alpha: float
    sigma: float
    lam: float


@dataclass(frozen=True)
class _Point(_Level):
    denoised: Tensor


class _NoisePath:
    """The model's discrete schedule, read between its entries by log alpha."""

    def __init__(self, alphas_cumprod: Tensor) -> None:
        self._log_alphas = 0.5 * np.log(np.asarray(alphas_cumprod.tolist()))
        self.count = len(alphas_cumprod)
        self._times = np.arange(1, self.count + 1) / self.count

    def at(self, t: float) -> _Level:
        log_alpha = float(np.interp(t, self._times, self._log_alphas))
        sigma = math.sqrt(-math.expm1(2 * log_alpha))
        return _Level(math.exp(log_alpha), sigma, log_alpha - math.log(sigma))

    def place(self, skip_type: str, start: float, steps: int) -> list[float]:
        """Choose ``steps + 1`` times, evenly in t, in the square root of t, or in lambda."""
        end = 1 / self.count
        if skip_type == "logSNR":
            lams = np.linspace(self.at(start).lam, self.at(end).lam, steps + 1)
            log_alphas = -0.5 * np.logaddexp(0, -2 * lams)
            return np.interp(-log_alphas, -self._log_alphas, self._times).tolist()
        if skip_type == "time_quadratic":
            return (np.linspace(math.sqrt(start), math.sqrt(end), steps + 1) ** 2).tolist()
        return np.linspace(start, end, steps + 1).tolist()


class _Evaluator:
    def __init__(self, predict: Denoise, path: _NoisePath) -> None:
        self._predict, self._path = predict, path

    def __call__(self, x: Tensor, t: float) -> _Point:
        level = self._path.at(t)
        eps = self._predict(x, (t - 1 / self._path.count) * self._path.count)
        denoised = x.sub(eps, alpha=level.sigma).div_(level.alpha)
        return _Point(level.alpha, level.sigma, level.lam, denoised)


class _Update:
    """One step from the last of ``past`` to ``target``, with as many past points as its order."""

    def __init__(self, past: Sequence[_Point], target: _Level, variant: str) -> None:
        self._last, self._earlier = past[-1], list(reversed(past[:-1]))
        self._target, self._variant = target, variant
        self._h = target.lam - self._last.lam

    def predict(self, x: Tensor) -> Tensor:
        """Extrapolate from the past points alone."""
        return self._assemble(x, self._earlier, corrector=False)

    def correct(self, x: Tensor, end: _Point) -> Tensor:
        """Redo the step with the evaluation at its end."""
        return self._assemble(x, [*self._earlier, end], corrector=True)

    def _assemble(self, x: Tensor, points: Sequence[_Point], *, corrector: bool) -> Tensor:
        """Take the first-order step, then bend it by the slopes from the last point to the others."""
        ratios = [(point.lam - self._last.lam) / self._h for point in points]
        shares = [weight / ratio for weight, ratio in zip(self._weights(ratios, corrector=corrector), ratios)]
        alpha = self._target.alpha
        result = x.mul(self._target.sigma / self._last.sigma)
        result.add_(self._last.denoised, alpha=alpha * (sum(shares) - math.expm1(-self._h)))
        for point, share in zip(points, shares):
            result.sub_(point.denoised, alpha=alpha * share)
        return result

    def _weights(self, ratios: Sequence[float], *, corrector: bool) -> list[float]:
        if not ratios:
            return []
        if self._variant == "vary_coeff":
            return _varying_weights(ratios, -self._h, corrector=corrector)
        scale = -self._h if self._variant == "bh1" else math.expm1(-self._h)
        simple = len(ratios) == 1  # the paper's closed form for the lowest order of each
        rhos = [0.5] if simple else _matched_weights(ratios, -self._h, scale)
        return [scale * rho for rho in rhos]


def _phis(h: float, count: int) -> list[float]:
    """Give phi_1(h)h, phi_2(h)h, ...: integrals of the exponential against growing powers."""
    phis = [math.expm1(h)]
    for k in range(1, count):
        phis.append(phis[-1] / h - 1 / math.factorial(k))
    return phis


def _matched_weights(ratios: Sequence[float], h: float, scale: float) -> list[float]:
    """Solve for weights that are exact for polynomials through all the points."""
    phis = _phis(h, len(ratios) + 1)[1:]
    moments = [phi * math.factorial(k + 1) / scale for k, phi in enumerate(phis)]
    return np.linalg.solve(np.vander(ratios, increasing=True).T, moments).tolist()


def _varying_weights(ratios: Sequence[float], h: float, *, corrector: bool) -> list[float]:
    """Weigh each order's term by its own phi instead of one common B(h).

    The corrector leaves the highest term out, except at its own end: so does the authors' code.
    """
    count = len(ratios)
    powers = np.array([[ratio**k / math.factorial(k + 1) for k in range(count)] for ratio in ratios])
    inverse, phis = np.linalg.inv(powers), np.array(_phis(h, count + 1)[1:])
    if not corrector:
        return (phis @ inverse).tolist()
    end = phis[-1] * inverse[max(count - 2, 0), -1]
    return [*(phis[:-1] @ inverse[:-1, :-1]).tolist(), float(end)]
