"""What a sampling run is asked for, read off request and settings."""

from __future__ import annotations

from modules.foundation.size import LATENT_SCALE, Size
from modules.generation.request import GenerationRequest
from modules.sampling.noise import NoiseSettings
from modules.sampling.options import Churn, SamplingOptions
from modules.settings.values import Settings


def plan_sampling(request: GenerationRequest, settings: Settings) -> SamplingOptions:
    """Return the options of the sampling run. Raises: InvalidRequestError."""
    assert request.sampler_name and request.scheduler and request.steps and request.cfg_scale is not None
    sampler, speed, old = settings.sampler, settings.optimizations, settings.compatibility
    return SamplingOptions(
        sampler=request.sampler_name, scheduler=request.scheduler, steps=request.steps, cfg_scale=request.cfg_scale,
        eta=request.eta, eta_ancestral=sampler.eta_ancestral, eta_ddim=sampler.eta_ddim,
        churn=Churn(request.s_churn, request.s_tmin, request.s_tmax, request.s_noise),
        churn_settings=Churn(sampler.s_churn, sampler.s_tmin, sampler.s_tmax, sampler.s_noise),
        sigma_min=sampler.sigma_min, sigma_max=sampler.sigma_max, rho=sampler.rho,
        beta_dist_alpha=sampler.beta_dist_alpha, beta_dist_beta=sampler.beta_dist_beta,
        use_old_karras_scheduler_sigmas=old.use_old_karras_scheduler_sigmas,
        always_discard_next_to_last_sigma=sampler.always_discard_next_to_last_sigma,
        sgm_noise_multiplier=sampler.sgm_noise_multiplier,
        use_downcasted_alpha_bar=old.use_downcasted_alpha_bar,
        zero_terminal_snr=sampler.sd_noise_schedule == "Zero Terminal SNR",
        uni_pc_variant=sampler.uni_pc_variant, uni_pc_skip_type=sampler.uni_pc_skip_type,
        uni_pc_order=sampler.uni_pc_order, uni_pc_lower_order_final=sampler.uni_pc_lower_order_final,
        no_dpmpp_sde_batch_determinism=old.no_dpmpp_sde_batch_determinism,
        skip_early_cond=sampler.skip_early_cond,
        s_min_uncond=speed.s_min_uncond if request.s_min_uncond is None else request.s_min_uncond,
        s_min_uncond_all=speed.s_min_uncond_all, pad_cond_uncond=speed.pad_cond_uncond,
        pad_cond_uncond_v0=speed.pad_cond_uncond_v0, batch_cond_uncond=speed.batch_cond_uncond,
        image_cfg_scale=request.image_cfg_scale,
        img2img_fix_steps=settings.img2img.img2img_fix_steps,
        img2img_extra_noise=settings.img2img.img2img_extra_noise,
        refiner_switch_by_sample_steps=settings.hires.refiner_switch_by_sample_steps)


def plan_noise(request: GenerationRequest, settings: Settings) -> NoiseSettings:
    """Return what decides the noise besides the seeds. Raises: InvalidRequestError."""
    width, height = request.seed_resize_from_w, request.seed_resize_from_h
    resize = Size(width, height) if min(width, height) >= LATENT_SCALE else None
    return NoiseSettings(settings.model.randn_source, request.subseed_strength, resize,
                         settings.sampler.eta_noise_seed_delta)
