"""What changes the numbers of a sampling run, its speed and its memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from modules.settings.option import option


@dataclass(frozen=True)
class SamplerSettings:
    """Numbers that samplers and schedules read."""

    title: ClassVar[str] = "Sampler parameters"

    hide_samplers: list[str] = option([], "Samplers to hide", needs_reload=True)
    eta_ddim: float = option(0.0, "Eta for DDIM", minimum=0, maximum=1, step=0.01, infotext="Eta DDIM")
    eta_ancestral: float = option(1.0, "Eta for k-diffusion samplers", minimum=0, maximum=1, step=0.01,
                                  infotext="Eta")
    s_churn: float = option(0.0, "Sigma churn", minimum=0, maximum=100, step=0.01, infotext="Sigma churn")
    s_tmin: float = option(0.0, "Sigma tmin", minimum=0, maximum=10, step=0.01, infotext="Sigma tmin")
    s_tmax: float = option(0.0, "Sigma tmax", minimum=0, maximum=999, step=0.01, infotext="Sigma tmax",
                           info="0: no limit")
    s_noise: float = option(1.0, "Sigma noise", minimum=0, maximum=1.1, step=0.001, infotext="Sigma noise")
    sigma_min: float = option(0.0, "Smallest sigma of the schedule", minimum=0, maximum=100,
                              infotext="Schedule min sigma", info="0: the model's own")
    sigma_max: float = option(0.0, "Largest sigma of the schedule", minimum=0, maximum=10000,
                              infotext="Schedule max sigma", info="0: the model's own")
    rho: float = option(0.0, "Rho of the schedule", minimum=0, maximum=100, infotext="Schedule rho",
                        info="0: 7 for Karras, 1 for Polyexponential")
    eta_noise_seed_delta: int = option(0, "Eta noise seed delta (ENSD)", minimum=-(2**31), maximum=2**31,
                                       infotext="ENSD", info="31337 gives NovelAI's pictures")
    always_discard_next_to_last_sigma: bool = option(False, "Always discard the next-to-last sigma",
                                                     infotext="Discard penultimate sigma")
    sgm_noise_multiplier: bool = option(False, "Scale the first noise as SGM does",
                                        infotext="SGM noise multiplier")
    uni_pc_variant: str = option("bh1", "UniPC variant", choices=("bh1", "bh2", "vary_coeff"),
                                 infotext="UniPC variant")
    uni_pc_skip_type: str = option("time_uniform", "UniPC skip type",
                                   choices=("time_uniform", "time_quadratic", "logSNR"),
                                   infotext="UniPC skip type")
    uni_pc_order: int = option(3, "UniPC order", minimum=1, maximum=50, step=1, infotext="UniPC order")
    uni_pc_lower_order_final: bool = option(True, "UniPC lower order at the end",
                                            infotext="UniPC lower order final")
    sd_noise_schedule: str = option("Default", "Noise schedule", choices=("Default", "Zero Terminal SNR"),
                                    infotext="Noise Schedule")
    skip_early_cond: float = option(0.0, "Leave out the negative prompt in the first part of sampling",
                                    minimum=0, maximum=1, step=0.01, infotext="Skip Early CFG")
    beta_dist_alpha: float = option(0.6, "Alpha of the Beta schedule", minimum=0.01, maximum=1, step=0.01,
                                    infotext="Beta scheduler alpha")
    beta_dist_beta: float = option(0.6, "Beta of the Beta schedule", minimum=0.01, maximum=1, step=0.01,
                                   infotext="Beta scheduler beta")


@dataclass(frozen=True)
class OptimizationSettings:
    """Speed against memory, and both against exactness."""

    title: ClassVar[str] = "Optimizations"

    s_min_uncond: float = option(0.0, "Leave out the negative prompt below this sigma", minimum=0, maximum=15,
                                 step=0.01, infotext="NGMS", info="on every other step; faster")
    s_min_uncond_all: bool = option(False, "… on all steps", infotext="NGMS all steps")
    pad_cond_uncond: bool = option(False, "Pad prompts to the same length", infotext="Pad conds",
                                   info="faster when prompts differ in length; changes the picture slightly")
    pad_cond_uncond_v0: bool = option(False, "… in the old way", infotext="Pad conds v0")
    batch_cond_uncond: bool = option(True, "Prompt and negative prompt in one model call",
                                     info="faster, needs more memory")


@dataclass(frozen=True)
class CompatibilitySettings:
    """Behaviour of older versions, for pictures made with them."""

    title: ClassVar[str] = "Compatibility"

    auto_backcompat: bool = option(True, "Turn on what a pasted infotext of an old version needs")
    use_old_emphasis_implementation: bool = option(
        False, "Old emphasis, as in the first versions", info="Stable Diffusion 1.x only; at most 75 tokens")
    use_old_karras_scheduler_sigmas: bool = option(False, "Old Karras sigmas (0.1 to 10)")
    no_dpmpp_sde_batch_determinism: bool = option(False, "DPM++ SDE noise without a seed, as before 1.0")
    use_old_scheduling: bool = option(False, "Old prompt editing timelines",
                                      infotext="Old prompt editing timelines")
    use_downcasted_alpha_bar: bool = option(False, "Round alphas_cumprod to half precision",
                                            infotext="Downcast alphas_cumprod")
