"""The denoising loop as extensions see it: callbacks, the mask blend, samplers they replaced."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from modules.compat.callbacks import (
    AfterCFGCallbackParams,
    CFGDenoisedParams,
    CFGDenoiserParams,
    ExtraNoiseParams,
    call_back,
    listening,
)
from modules.compat.conditionings import as_cond, as_text_batch
from modules.compat.current import RunningJob
from modules.compat.draft import StableDiffusionProcessing
from modules.compat.facade import facade
from modules.compat.scripts.arguments import MaskBlendArgs
from modules.sampling.hooks import Combination, Denoising, MaskBlend, ModelCall, SamplingHooks
from modules.sampling.solvers.contract import SolverStep

KINDS = ("cfg_denoiser", "cfg_denoised", "cfg_after_cfg", "extra_noise")
OURS = "modules."


def denoising_hooks(p: StableDiffusionProcessing, job: RunningJob) -> SamplingHooks | None:
    """Return what calls the extensions that look into the loop; None where none does.

    Asked before every pass, because scripts register their callbacks while a run is going on.
    """
    sampler = facade("sd_samplers").create_sampler(p.sampler_name, facade("shared").sd_model)
    sampler.p = p
    p.sampler = sampler
    blends = p.scripts is not None and p.scripts.listens_to("on_mask_blend")
    replaced = _is_foreign(type(sampler).callback_state) or _is_foreign(type(sampler.model_wrap_cfg).combine_denoised)
    if blends or replaced or any(listening(kind) for kind in KINDS):
        return DenoisingHooks(p, job, sampler)
    return None


def _is_foreign(function: Any) -> bool:
    return not (getattr(function, "__module__", None) or "").startswith(OURS)


class DenoisingHooks(SamplingHooks):
    """Calls extensions inside the loop. Reference: A1111 v1.10.1 ``CFGDenoiser``."""

    def __init__(self, p: StableDiffusionProcessing, job: RunningJob, sampler: Any) -> None:
        self._p = p
        self._job = job
        self._sampler = sampler
        self._combines = _is_foreign(type(sampler.model_wrap_cfg).combine_denoised)
        self._watches = _is_foreign(type(sampler).callback_state)

    def before_model(self, call: ModelCall) -> None:
        params = CFGDenoiserParams(call.x, call.image_cond, call.sigma, self._job.sampling_step,
                                   self._job.sampling_steps, as_cond(call.text_cond), as_cond(call.text_uncond),
                                   self._denoiser(call.denoiser))
        call_back("cfg_denoiser", params)
        call.x, call.sigma, call.image_cond = params.x, params.sigma, params.image_cond
        call.text_cond = _read_back(call.text_cond, params.text_cond)
        call.text_uncond = _read_back(call.text_uncond, params.text_uncond)

    def after_model(self, outputs: Tensor, denoiser: Denoising) -> None:
        call_back("cfg_denoised", CFGDenoisedParams(outputs, self._job.sampling_step, self._job.sampling_steps,
                                                    self._denoiser(denoiser).inner_model))

    def combine(self, combination: Combination) -> Tensor:
        if not self._combines:
            return combination.guided()
        conds = [list(parts) for parts in combination.parts]
        return self._denoiser(combination.denoiser).combine_denoised(
            combination.outputs, conds, as_cond(combination.text_uncond), combination.scale)

    def after_guidance(self, prediction: Tensor, denoiser: Denoising) -> Tensor:
        params = AfterCFGCallbackParams(prediction, self._job.sampling_step, self._job.sampling_steps)
        call_back("cfg_after_cfg", params)
        return params.x

    def before_update(self, step: SolverStep) -> None:
        self._job.sampling_step = step.index
        if self._watches:
            self._sampler.callback_state({"x": step.x, "i": step.index, "sigma": step.sigma,
                                          "sigma_hat": step.sigma_hat, "denoised": step.denoised})

    def blend_mask(self, blend: MaskBlend) -> Tensor:
        args = MaskBlendArgs(blend.current, blend.mask, blend.original, 1 - blend.mask, blend.blended(),
                             None if blend.denoiser is None else self._denoiser(blend.denoiser), blend.is_final,
                             blend.sigma)
        if self._p.scripts is not None:
            self._p.scripts.on_mask_blend(self._p, args)
        return args.blended_latent

    def extra_noise(self, noise: Tensor, x: Tensor, noised: Tensor) -> Tensor:
        params = ExtraNoiseParams(noise, x, noised)
        call_back("extra_noise", params)
        return params.noise

    def _denoiser(self, denoiser: Denoising) -> Any:
        """Return the sampler's own denoiser with the loop's counters."""
        wrapped = self._sampler.model_wrap_cfg
        wrapped.step, wrapped.steps, wrapped.total_steps = denoiser.step, denoiser.steps, denoiser.total_steps
        wrapped.p, wrapped.sampler = self._p, self._sampler
        return wrapped


def _read_back(before: Any, after: Any) -> Any:
    """Take over a text that an extension replaced; what it changed in place is there already."""
    return before if after is before.cross else as_text_batch(after)
