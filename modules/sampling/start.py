"""Where a run starts: which latents, and which noise levels lie ahead of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from torch import Tensor

from modules.foundation.errors import InvalidRequestError
from modules.sampling.hooks import SamplingHooks
from modules.sampling.levels import LevelPlanner, img2img_steps
from modules.sampling.noise import NoiseSource
from modules.sampling.options import require_number
from modules.sampling.sigmas import ModelSigmas


@dataclass(frozen=True)
class InitialImage:
    """The picture to start from. Shapes: ``latents`` [N, C, h, w]; ``mask`` broadcasts with them.

    ``mask`` is 1 where the new picture is made; in between, both are mixed.
    """

    latents: Tensor
    denoising_strength: float
    mask: Tensor | None = None
    noise_multiplier: float = 1.0

    def __post_init__(self) -> None:
        require_number("denoising_strength", self.denoising_strength, 0, 1)
        require_number("initial_noise_multiplier", self.noise_multiplier, 0, math.inf)

    def image(self, index: int) -> InitialImage:
        """Give one image of the batch alone."""
        mask = self.mask[index:index + 1] if self.mask is not None and self.mask.ndim == 4 \
            and len(self.mask) == len(self.latents) else self.mask
        return InitialImage(self.latents[index:index + 1], self.denoising_strength, mask, self.noise_multiplier)


@dataclass(frozen=True)
class Start:
    """Latents at the first of ``levels``; of ``schedule`` the levels may be only the end."""

    x: Tensor
    levels: Sequence[float]
    schedule: Sequence[float]
    steps: int
    """Steps as progress counts them."""
    own_steps: int
    """Evaluations to spend, for samplers that place their own steps."""


class Starter:
    """Makes the start of one run. ``sigmas`` is missing for samplers that work on timesteps."""

    def __init__(self, planner: LevelPlanner, sigmas: ModelSigmas | None, alphas: Tensor,
                 noise: NoiseSource) -> None:
        self._planner, self._sigmas, self._alphas, self._noise = planner, sigmas, alphas, noise

    def from_noise(self) -> Start:
        """Begin with noise alone."""
        steps = self._planner.options.steps
        if self._sigmas is None:
            timesteps = self._planner.timesteps(steps)
            return Start(self._noise.first().clone(), timesteps, timesteps, steps, steps)
        schedule = self._planner.sigmas(self._sigmas, steps)
        scale = schedule[0]
        if self._planner.options.sgm_noise_multiplier:
            self._planner.infotext["SGM noise multiplier"] = True
            scale = math.sqrt(1 + scale**2)
        own = self._planner.spec.own_steps
        levels = (self._sigmas.maximum, self._sigmas.minimum) if own else _without_repeats(schedule)
        return Start(self._noise.first() * scale, levels, schedule, steps, steps)

    def from_image(self, initial: InitialImage, hooks: SamplingHooks) -> Start | None:
        """Begin with a noised picture; None when nothing of the schedule is left to do."""
        options = self._planner.options
        length, entry = img2img_steps(options.steps, initial.denoising_strength, exact=options.img2img_fix_steps)
        if length == 0:
            return None
        noise = self._noise.first()
        if initial.noise_multiplier != 1:
            self._planner.infotext["Noise multiplier"] = initial.noise_multiplier
            noise = noise * initial.noise_multiplier
        schedule, levels, picture_share, noise_share = self._enter(length, entry)
        if not levels:
            return None
        x = (initial.latents * picture_share).add_(noise, alpha=noise_share)
        if options.img2img_extra_noise > 0:
            self._planner.infotext["Extra noise"] = options.img2img_extra_noise
            extra = hooks.extra_noise(noise, initial.latents, x)
            x.add_(extra, alpha=options.img2img_extra_noise * picture_share)
        return Start(x, levels, schedule, entry + 1, len(schedule) - (length - entry))

    def _enter(self, length: int, entry: int) -> tuple[Sequence[float], Sequence[float], float, float]:
        """Give the schedule, what is left of it, and the shares of picture and noise to begin with."""
        if self._sigmas is None:
            timesteps = self._planner.timesteps(length)
            alpha = float(self._alphas[timesteps[entry]])
            return timesteps, timesteps[:entry], math.sqrt(alpha), math.sqrt(1 - alpha)
        schedule = self._planner.sigmas(self._sigmas, length)
        if len(schedule) <= length:
            raise InvalidRequestError("scheduler", f"{length} steps would be needed, but this schedule has only "
                                                   f"{len(schedule) - 1} for this model.",
                                      remedy="Raise the denoising strength or choose another schedule.")
        levels = _without_repeats(schedule[length - entry - 1:])
        if self._planner.spec.own_steps:
            if len(levels) < 3:
                raise InvalidRequestError("denoising_strength", f"{self._planner.spec.label} needs at least two steps "
                                                                "to denoise, and only one is left.",
                                          remedy="Raise the denoising strength or the number of steps.")
            return schedule, (levels[0], levels[-2]), 1.0, levels[0]
        return schedule, levels, 1.0, levels[0]


def _without_repeats(levels: Sequence[float]) -> list[float]:
    """Drop steps of length zero: solvers that remember earlier steps would divide by it."""
    return [levels[0], *(after for before, after in pairwise(levels) if after != before)]
