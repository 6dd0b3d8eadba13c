"""Which noise levels a run visits: schedules with their options, and the part of them img2img needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from modules.foundation.errors import InvalidRequestError
from modules.sampling.options import SamplingOptions
from modules.sampling.registry import Registry, SamplerSpec, SchedulerSpec
from modules.sampling.schedules import ScheduleRequest, uniform
from modules.sampling.sigmas import ModelSigmas

OLD_KARRAS_LIMITS = (0.1, 10.0)
TRAINING_STEPS = 1000
MAX_SCHEDULE = 100_000

ScheduleOverride = Callable[[int], Tensor]
"""``steps -> sigmas``: a schedule made by whoever starts the run, such as img2img alternative."""


@dataclass(frozen=True)
class LevelPlanner:
    """Makes the levels of one run and notes in ``infotext`` what the schedule was made of."""

    options: SamplingOptions
    spec: SamplerSpec
    registry: Registry
    infotext: dict[str, Any]
    is_sdxl: bool = False
    override: ScheduleOverride | None = None

    def sigmas(self, model: ModelSigmas, steps: int) -> list[float]:
        """Compute the schedule of ``steps`` steps, largest level first."""
        discard = self._discards()
        count = steps + discard
        sigmas = self.override(count) if self.override else self._scheduled(model, count)
        values = sigmas.detach().to("cpu", torch.float32).tolist()
        return [*values[:-2], *values[-1:]] if discard else values

    def timesteps(self, steps: int) -> list[int]:
        """Compute the timesteps of DDIM and its relatives, smallest first."""
        steps += self._discards()
        if steps > TRAINING_STEPS:
            raise InvalidRequestError("steps", f"{self.spec.label} can make at most {TRAINING_STEPS} steps, and "
                                               f"{steps} would be needed.",
                                      remedy="Ask for fewer steps or more denoising.")
        return [min(t + 1, TRAINING_STEPS - 1) for t in range(0, TRAINING_STEPS, TRAINING_STEPS // steps)]

    def _discards(self) -> bool:
        if self.spec.discard_next_to_last_sigma:
            return True
        if self.options.always_discard_next_to_last_sigma:
            self.infotext["Discard penultimate sigma"] = True
        return self.options.always_discard_next_to_last_sigma

    def _scheduled(self, model: ModelSigmas, steps: int) -> Tensor:
        scheduler = self.registry.scheduler(self.options.scheduler)
        if scheduler.make is None:
            scheduler = self.registry.default_scheduler(self.spec) or scheduler
        if scheduler.make is None:
            return uniform(ScheduleRequest(steps, model.minimum, model.maximum, model))
        self.infotext["Schedule type"] = scheduler.label
        return scheduler.make(self._request(scheduler, model, steps))

    def _request(self, scheduler: SchedulerSpec, model: ModelSigmas, steps: int) -> ScheduleRequest:
        options, limits = self.options, (model.minimum, model.maximum)
        low, high = OLD_KARRAS_LIMITS if options.use_old_karras_scheduler_sigmas else limits
        if options.sigma_min not in (0, limits[0]):
            low = self.infotext["Schedule min sigma"] = options.sigma_min
        if options.sigma_max not in (0, limits[1]):
            high = self.infotext["Schedule max sigma"] = options.sigma_max
        if low >= high:
            raise InvalidRequestError("sigma_min", f"The schedule's smallest sigma {low:g} is not below its "
                                                   f"largest, {high:g}.", remedy="Set both to 0 for the model's own.")
        request = ScheduleRequest(steps, low, high, model, is_sdxl=self.is_sdxl)
        if scheduler.name == "beta":
            self.infotext["Beta schedule alpha"] = options.beta_dist_alpha
            self.infotext["Beta schedule beta"] = options.beta_dist_beta
            return replace(request, alpha=options.beta_dist_alpha, beta=options.beta_dist_beta)
        return replace(request, rho=self._rho(scheduler))

    def _rho(self, scheduler: SchedulerSpec) -> float:
        if scheduler.default_rho != -1 and self.options.rho not in (0, scheduler.default_rho):
            self.infotext["Schedule rho"] = self.options.rho
            return self.options.rho
        return scheduler.default_rho


def img2img_steps(steps: int, denoising_strength: float, *, exact: bool) -> tuple[int, int]:
    """Give the length of the full schedule, and the index of the step to enter it at.

    With ``exact`` the schedule is stretched so that ``steps`` of it remain.
    Reference: A1111 v1.10.1 ``setup_img2img_steps``.
    """
    share = min(denoising_strength, 0.999)
    if not exact:
        return steps, int(share * steps)
    if denoising_strength == 0:
        return 0, steps - 1
    total = steps / share
    if total > MAX_SCHEDULE:
        raise InvalidRequestError("denoising_strength", f"{steps} steps at a denoising strength of "
                                                        f"{denoising_strength:g} need a schedule that is too long.",
                                  remedy=f"Use a strength of at least {steps / MAX_SCHEDULE:g}, or 0.")
    return int(total), steps - 1
