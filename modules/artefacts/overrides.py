"""Settings that a pasted infotext asks for."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

OVERRIDE_OPTIONS: dict[str, str] = {
    "Face restoration": "face_restoration",
    "Model hash": "sd_model_checkpoint",
    "Emphasis": "emphasis",
    "Clip skip": "CLIP_stop_at_last_layers",
    "RNG": "randn_source",
    "Tiling": "tiling",
    "Hires refiner": "hires_fix_refiner_pass",
    "VAE": "sd_vae",
    "VAE Encoder": "sd_vae_encode_method",
    "VAE Decoder": "sd_vae_decode_method",
    "Conditional mask weight": "inpainting_mask_weight",
    "Noise multiplier": "initial_noise_multiplier",
    "Extra noise": "img2img_extra_noise",
    "NGMS": "s_min_uncond",
    "NGMS all steps": "s_min_uncond_all",
    "Token merging ratio": "token_merging_ratio",
    "Token merging ratio hr": "token_merging_ratio_hr",
    "Pad conds": "pad_cond_uncond",
    "Pad conds v0": "pad_cond_uncond_v0",
    "Old prompt editing timelines": "use_old_scheduling",
    "Downcast alphas_cumprod": "use_downcasted_alpha_bar",
    "Refiner switch by sampling steps": "refiner_switch_by_sample_steps",
    "Eta DDIM": "eta_ddim",
    "Eta": "eta_ancestral",
    "Sigma churn": "s_churn",
    "Sigma tmin": "s_tmin",
    "Sigma tmax": "s_tmax",
    "Sigma noise": "s_noise",
    "Schedule min sigma": "sigma_min",
    "Schedule max sigma": "sigma_max",
    "Schedule rho": "rho",
    "ENSD": "eta_noise_seed_delta",
    "Discard penultimate sigma": "always_discard_next_to_last_sigma",
    "SGM noise multiplier": "sgm_noise_multiplier",
    "UniPC variant": "uni_pc_variant",
    "UniPC skip type": "uni_pc_skip_type",
    "UniPC order": "uni_pc_order",
    "UniPC lower order final": "uni_pc_lower_order_final",
    "Noise Schedule": "sd_noise_schedule",
    "Skip Early CFG": "skip_early_cond",
    "Beta scheduler alpha": "beta_dist_alpha",
    "Beta scheduler beta": "beta_dist_beta",
    "Hypertile U-Net": "hypertile_enable_unet",
    "Hypertile U-Net second pass": "hypertile_enable_unet_secondpass",
    "Hypertile U-Net max depth": "hypertile_max_depth_unet",
    "Hypertile U-Net max tile size": "hypertile_max_tile_unet",
    "Hypertile U-Net swap size": "hypertile_swap_size_unet",
    "Hypertile VAE": "hypertile_enable_vae",
    "Hypertile VAE max depth": "hypertile_max_depth_vae",
    "Hypertile VAE max tile size": "hypertile_max_tile_vae",
    "Hypertile VAE swap size": "hypertile_swap_size_vae",
}
"""Infotext key -> option key, for every option of the core that an infotext can override."""

ALSO_WRITTEN_AS: dict[str, str] = {
    "Beta scheduler alpha": "Beta schedule alpha",
    "Beta scheduler beta": "Beta schedule beta",
}
"""Names that infotexts carry for a key of the table above: A1111 writes one and reads the other."""


@dataclass(frozen=True)
class Override:
    """A setting whose value in the infotext differs from the one in force."""

    key: str
    option: str
    value: Any


def find_overrides(fields: Mapping[str, Any], current: Mapping[str, Any], *, handled: Collection[str] = (),
                   options: Mapping[str, str] = OVERRIDE_OPTIONS) -> list[Override]:
    """List the settings that ``fields`` asks for and ``current`` does not have.

    ``current`` maps option keys to the values in force; ``handled`` names the infotext keys that a field
    of the page already takes. A value that cannot be understood is passed over.
    """
    found = []
    for key, option in options.items():
        text = fields.get(key, fields.get(ALSO_WRITTEN_AS.get(key, key)))
        if text is None or key in handled or option not in current:
            continue
        value = cast_option(text, current[option])
        if value is not None and value != current[option]:
            found.append(Override(key, option, value))
    return found


def cast_option(value: Any, like: Any) -> Any:
    """Turn an infotext value into the type of ``like``; None where that is impossible."""
    if like is None:
        return value
    if isinstance(like, bool):
        return str(value).strip() != "False"
    try:
        if isinstance(like, (int, float)):
            number = float(value)
            return type(like)(number) if math.isfinite(number) else None
        return type(like)(value)
    except (TypeError, ValueError):
        return None
