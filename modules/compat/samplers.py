"""Samplers as ``modules.sd_samplers*`` name them.

Sampling itself is the core's. These objects are what extensions subclass, replace methods of and read counters from;
``denoising.py`` calls what they changed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from torch import Tensor

from modules.compat.facade import facade
from modules.compat.host import HOST
from modules.compat.plugin_samplers import spec_of
from modules.foundation.errors import InvalidRequestError
from modules.plugins.importing import current_owner
from modules.sampling.registry import REGISTRY, SamplerSpec
from modules.sampling.schedules import ScheduleRequest
from modules.sampling.sigmas import ModelSigmas


class InterruptedException(BaseException):
    """A1111's way out of the sampling loop; extensions raise and catch it."""


class SamplerData(NamedTuple):
    """A sampler on the list. ``constructor(model)`` makes the object that extensions see."""

    name: str
    constructor: Callable[[Any], Any]
    aliases: list[str]
    options: dict[str, Any]

    def total_steps(self, steps: int) -> int:
        """Count steps as prompts and progress do."""
        return steps * 2 if self.options.get("second_order") else steps


class CFGDenoiser:
    """The guided denoiser as extensions see it."""

    def __init__(self, sampler: Any) -> None:
        self.sampler = sampler
        self.model_wrap: Any = None
        self.p: Any = None
        self.mask = self.nmask = self.init_latent = None
        self.step, self.steps, self.total_steps = 0, None, None
        self.padded_cond_uncond = self.padded_cond_uncond_v0 = False
        self.image_cfg_scale: float | None = None
        self.cond_scale_miltiplier = 1.0
        self.need_last_noise_uncond = self.mask_before_denoising = False
        self.last_noise_uncond = None
        self.classic_ddim_eps_estimation = False

    @property
    def inner_model(self) -> Any:
        """The model in memory, with a place for what extensions wrap around it."""
        return facade("shared").sd_model if self.model_wrap is None else self.model_wrap

    def combine_denoised(self, x_out: Tensor, conds_list: Sequence[Sequence[tuple[int, float]]], uncond: Any,
                         cond_scale: float) -> Tensor:
        """Make one prediction per picture; rows of what is not wanted come last."""
        denoised_uncond = x_out[-len(conds_list):]
        denoised = denoised_uncond.clone()
        for picture, parts in enumerate(conds_list):
            for row, weight in parts:
                denoised[picture] += (x_out[row] - denoised_uncond[picture]) * (weight * cond_scale)
        return denoised

    def combine_denoised_for_edit_model(self, x_out: Tensor, cond_scale: float) -> Tensor:
        """Combine the three predictions of a model that edits pictures."""
        cond, image_cond, uncond = x_out.chunk(3)
        scale = self.image_cfg_scale or 1.0
        return uncond + (cond - image_cond) * cond_scale + (image_cond - uncond) * scale

    def get_pred_x0(self, x_in: Tensor, x_out: Tensor, sigma: Any) -> Tensor:
        return x_out

    def update_inner_model(self) -> None:
        self.model_wrap = None


class CFGDenoiserKDiffusion(CFGDenoiser):
    """The denoiser of samplers on noise levels."""


class CFGDenoiserTimesteps(CFGDenoiser):
    """The denoiser of samplers on timesteps."""

    def __init__(self, sampler: Any) -> None:
        super().__init__(sampler)
        self.mask_before_denoising = True


class CFGDenoiserLCM(CFGDenoiserKDiffusion):
    """The denoiser of LCM."""


class Sampler:
    """What samplers have in common."""

    denoiser_class: type[CFGDenoiser] = CFGDenoiserKDiffusion

    def __init__(self, funcname: Any, sd_model: Any = None, options: dict[str, Any] | None = None) -> None:
        self.funcname = funcname
        self.func = funcname
        self.options = options or {}
        self.extra_params: list[str] = []
        self.sd_model = sd_model
        self.config: SamplerData | None = None
        self.p: Any = None
        self.last_latent: Tensor | None = None
        self.sampler_noises = self.stop_at = self.eta = None
        self.s_min_uncond = 0.0
        self.s_churn = self.s_tmin = 0.0
        self.s_tmax, self.s_noise = float("inf"), 1.0
        self.conditioning_key = getattr(getattr(sd_model, "model", None), "conditioning_key", "crossattn")
        self.model_wrap_cfg: Any = type(self).denoiser_class(self)
        self.model_wrap: Any = None

    def callback_state(self, d: dict[str, Any]) -> None:
        """Look at a step: ``x``, ``denoised``, ``sigma``, ``sigma_hat``, ``i``, all live."""

    def number_of_needed_noises(self, p: Any) -> int:
        return int(p.steps)


class KDiffusionSampler(Sampler):
    """A sampler on noise levels. ``funcname``: k-diffusion's name of it."""

    def __init__(self, funcname: Any, sd_model: Any = None, options: dict[str, Any] | None = None) -> None:
        super().__init__(funcname, sd_model, options)


class CompVisSampler(Sampler):
    """A sampler on timesteps."""

    denoiser_class = CFGDenoiserTimesteps


def _shown(spec: SamplerSpec) -> SamplerData:
    kind = CompVisSampler if spec.view == "timestep" else KDiffusionSampler
    name = f"sample_{spec.solve.__name__}"
    return SamplerData(spec.label, lambda model: kind(name, model, spec.options), list(spec.aliases), spec.options)


all_samplers: list[SamplerData] = [_shown(spec) for spec in REGISTRY.current.samplers]
all_samplers_map: dict[str, SamplerData] = {sampler.name: sampler for sampler in all_samplers}
samplers: list[SamplerData] = []
samplers_for_img2img: list[SamplerData] = []
samplers_map: dict[str, str] = {}
samplers_hidden: set[str] = set()


def set_samplers() -> None:
    """Make the lists anew from ``all_samplers`` and what native plugins added; the lists stay the same objects."""
    for spec in REGISTRY.current.samplers:
        if spec.label not in {sampler.name for sampler in all_samplers}:
            all_samplers.append(_shown(spec))
    for sampler in all_samplers:
        all_samplers_map.setdefault(sampler.name, sampler)
        _let_choose(sampler)
    samplers[:] = samplers_for_img2img[:] = all_samplers
    samplers_map.clear()
    samplers_map.update({name.lower(): sampler.name for sampler in all_samplers
                         for name in (sampler.name, *sampler.aliases)})


def _let_choose(sampler: SamplerData) -> None:
    """Let requests name a sampler that an extension put on the list."""
    if not HOST.attached or any(spec.label == sampler.name for spec in REGISTRY.current.samplers):
        return
    owner = current_owner() or "extensions"
    made = HOST.require().calls.call(owner, f"sampler {sampler.name}", sampler.constructor, None)
    spec = made and spec_of(sampler.name, sampler.aliases, sampler.options, getattr(made, "funcname", None))
    if spec:
        REGISTRY.add(owner, spec)


def find_sampler_config(name: str | None) -> SamplerData | None:
    """Find a sampler by its name; without one, the first."""
    if name is None:
        return all_samplers[0]
    if name not in all_samplers_map:
        set_samplers()
    return all_samplers_map.get(name)


def create_sampler(name: str | None, model: Any) -> Any:
    """Make the object that extensions see of a sampler. Raises: InvalidRequestError."""
    config = find_sampler_config(name)
    if config is None:
        raise InvalidRequestError("sampler_name", f"There is no sampler named {str(name)[:60]!r}.",
                                  remedy=f"There are: {', '.join(sampler.name for sampler in all_samplers)}.")
    sampler = config.constructor(model)
    sampler.config = config
    return sampler


def core_sampler_label(name: str) -> str:
    """Return the core's sampler that does the work of one that an extension put on the map; others as they are."""
    registry = REGISTRY.current
    config = all_samplers_map.get(name)
    if config is None or any(spec.label == name for spec in registry.samplers):
        return name
    function = getattr(config.constructor(None), "funcname", None)
    return next((spec.label for spec in registry.samplers if f"sample_{spec.solve.__name__}" == function), name)


def visible_samplers() -> list[SamplerData]:
    """List the samplers that the settings do not hide."""
    hidden = set(facade("shared").opts.hide_samplers or ())
    return [sampler for sampler in all_samplers if sampler.name not in hidden]


def visible_sampler_names() -> list[str]:
    return [sampler.name for sampler in visible_samplers()]


def get_sampler_and_scheduler(sampler_name: str | None, scheduler_name: str | None, *,
                              convert_automatic: bool = True) -> tuple[str, str]:
    """Turn what people write into labels; what is unknown becomes the default."""
    return REGISTRY.current.resolve(sampler_name, scheduler_name, convert_automatic=convert_automatic)


def fix_p_invalid_sampler_and_scheduler(p: Any) -> None:
    """Replace names in ``p`` that are no sampler's or schedule's."""
    p.sampler_name, p.scheduler = get_sampler_and_scheduler(p.sampler_name, p.scheduler, convert_automatic=False)


class Scheduler(NamedTuple):
    """A schedule of noise levels."""

    name: str
    label: str
    function: Any
    default_rho: float = -1
    need_inner_model: bool = False
    aliases: list[str] | None = None


def list_schedulers() -> list[Scheduler]:
    """List the schedules, those of native plugins included."""
    return [Scheduler(spec.name, spec.label, spec.make and _as_function(spec.make), spec.default_rho,
                      spec.need_inner_model, list(spec.aliases)) for spec in REGISTRY.current.schedulers]


def schedulers_map() -> dict[str, Scheduler]:
    """Return the schedules by their names and labels."""
    return {name: scheduler for scheduler in list_schedulers() for name in (scheduler.name, scheduler.label)}


def _as_function(make: Callable[[ScheduleRequest], Tensor]) -> Callable[..., Tensor]:
    """Return a schedule as a function of numbers: ``(n, sigma_min, sigma_max, inner_model=None, device="cpu")``."""
    def levels(n: int, sigma_min: float, sigma_max: float, inner_model: Any = None, device: Any = "cpu",
               rho: float = 0.0) -> Tensor:
        shared = facade("shared")
        model = ModelSigmas(shared.sd_model.alphas_cumprod)
        return make(ScheduleRequest(n, float(sigma_min), float(sigma_max), model, rho or 7.0,
                                    is_sdxl=shared.sd_model.is_sdxl)).to(device)

    return levels


set_samplers()
