"""Samplers on whole timesteps that predict noise: DDIM, DDIM CFG++ and PLMS.

``timesteps`` rise; the loop starts at the last and never evaluates the first. ``alphas_cumprod`` is
the model's table, on the CPU. Reference: DDIM arXiv:2010.02502, CFG++ arXiv:2406.08070, PLMS arXiv:2202.09778.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from torch import Tensor

from modules.sampling.solvers.contract import Denoise, GuidedNoise, Noise, OnStep, SolverStep


@dataclass(frozen=True)
class _Step:
    """From the noise level of ``timestep`` down to that of the entry below it."""

    timestep: int
    timestep_next: int
    alpha: float
    alpha_next: float
    noise_share: float

    def denoise(self, x: Tensor, eps: Tensor) -> Tensor:
        return x.sub(eps, alpha=self.noise_share).div_(math.sqrt(self.alpha))

    def renoise(self, denoised: Tensor, eps: Tensor, spread: float = 0.0) -> Tensor:
        """Rebuild the latent of the next level; ``spread`` is the share left for fresh noise."""
        direction = math.sqrt(max(1 - self.alpha_next - spread**2, 0.0))
        return denoised.mul(math.sqrt(self.alpha_next)).add_(eps, alpha=direction)

    def spread(self, eta: float) -> float:
        ratio = (1 - self.alpha_next) / (1 - self.alpha)
        return eta * math.sqrt(max(ratio * (1 - self.alpha / self.alpha_next), 0.0))

    @property
    def sigma(self) -> float:
        return math.sqrt((1 - self.alpha) / self.alpha)


def _steps(timesteps: Sequence[int], alphas_cumprod: Tensor) -> Iterator[_Step]:
    alphas, noise_shares = alphas_cumprod.tolist(), (1 - alphas_cumprod).sqrt().tolist()
    for now, below in zip(reversed(timesteps), reversed(timesteps[:-1])):
        yield _Step(now, below, alphas[now], alphas[below], noise_shares[now])


def ddim(predict: Denoise, x: Tensor, timesteps: Sequence[int], noise: Noise, on_step: OnStep, *,
         alphas_cumprod: Tensor, eta: float = 0.0) -> Tensor:
    """Step along the implicit process; ``eta`` 1 makes it as random as the original one."""
    for i, step in enumerate(_steps(timesteps, alphas_cumprod)):
        eps = predict(x, step.timestep)
        denoised = step.denoise(x, eps)
        on_step(SolverStep(i, x, denoised, step.sigma, step.sigma))
        x = step.renoise(denoised, eps, step.spread(eta))
        if eta:
            x.add_(noise(step.timestep, step.timestep_next), alpha=step.spread(eta))
    return x


def ddim_cfgpp(predict: GuidedNoise, x: Tensor, timesteps: Sequence[int], noise: Noise, on_step: OnStep, *,
               alphas_cumprod: Tensor, eta: float = 0.0) -> Tensor:
    """Denoise with the guided prediction, renoise with the unconditional one."""
    for i, step in enumerate(_steps(timesteps, alphas_cumprod)):
        denoised = step.denoise(x, predict(x, step.timestep))
        on_step(SolverStep(i, x, denoised, step.sigma, step.sigma))
        x = step.renoise(denoised, predict.uncond, step.spread(eta))
        if eta:
            x.add_(noise(step.timestep, step.timestep_next), alpha=step.spread(eta))
    return x


ADAMS_BASHFORTH = ((1.0,), (3 / 2, -1 / 2), (23 / 12, -16 / 12, 5 / 12), (55 / 24, -59 / 24, 37 / 24, -9 / 24))


def plms(predict: Denoise, x: Tensor, timesteps: Sequence[int], noise: Noise, on_step: OnStep, *,
         alphas_cumprod: Tensor) -> Tensor:
    """Extrapolate the noise from up to four predictions; the first step evaluates both of its ends."""
    history: deque[Tensor] = deque(maxlen=len(ADAMS_BASHFORTH))
    for i, step in enumerate(_steps(timesteps, alphas_cumprod)):
        history.appendleft(predict(x, step.timestep))
        if i == 0:
            x_end = step.renoise(step.denoise(x, history[0]), history[0])
            eps = (history[0] + predict(x_end, step.timestep_next)).div_(2)
        else:
            eps = _weighted(history, ADAMS_BASHFORTH[len(history) - 1])
        denoised = step.denoise(x, eps)
        on_step(SolverStep(i, x, denoised, step.sigma, step.sigma))
        x = step.renoise(denoised, eps)
    return x


def _weighted(tensors: Iterable[Tensor], weights: Iterable[float]) -> Tensor:
    pairs = iter(zip(tensors, weights))
    first, weight = next(pairs)
    total = first * weight
    for tensor, weight in pairs:
        total.add_(tensor, alpha=weight)
    return total
