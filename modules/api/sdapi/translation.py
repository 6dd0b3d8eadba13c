"""From A1111's fields to a ``GenerationRequest``: the only place that knows both."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from modules.api.sdapi.generation_models import GenerationFields, Img2ImgRequest, Txt2ImgRequest
from modules.api.sdapi.option_rules import without_restricted
from modules.api.sdapi.scripts import ScriptUse
from modules.generation.request import GenerationRequest

KeepPicture = Callable[[str, str], str]
"""A picture as it was sent, and the name of its field -> the id it is kept under."""
_SAME_NAME = (
    "prompt", "negative_prompt", "scheduler", "batch_size", "seed", "subseed", "subseed_strength", "restore_faces",
    "tiling", "steps", "cfg_scale", "width", "height", "eta", "denoising_strength", "s_min_uncond", "s_churn",
    "s_tmax", "s_tmin", "s_noise", "refiner_checkpoint", "refiner_switch_at", "disable_extra_networks", "save_images",
)
_HIRES = (
    "enable_hr", "hr_scale", "hr_upscaler", "hr_second_pass_steps", "hr_resize_x", "hr_resize_y",
    "hr_checkpoint_name", "hr_sampler_name", "hr_scheduler", "hr_prompt", "hr_negative_prompt",
)
_PICTURE = (
    "resize_mode", "image_cfg_scale", "mask_round", "inpainting_fill", "inpaint_full_res",
    "inpaint_full_res_padding", "initial_noise_multiplier",
)
_NO_GRID = {"return_grid": False, "grid_save": False}
"""A1111 makes no grid of pictures that are not saved."""


def from_txt2img(fields: Txt2ImgRequest, scripts: Sequence[ScriptUse]) -> GenerationRequest:
    """Raises: InvalidRequestError from a script."""
    values = _shared(fields) | {name: getattr(fields, name) for name in _HIRES}
    if fields.firstphase_width or fields.firstphase_height:
        values |= {"hr_resize_x": fields.width, "hr_resize_y": fields.height,
                   "width": fields.firstphase_width or fields.width,
                   "height": fields.firstphase_height or fields.height}
    return _apply(GenerationRequest(**values), scripts)


def from_img2img(fields: Img2ImgRequest, scripts: Sequence[ScriptUse], keep: KeepPicture) -> GenerationRequest:
    """Raises: InvalidRequestError naming the picture that cannot be used, or from a script."""
    values = _shared(fields) | {name: getattr(fields, name) for name in _PICTURE}
    values["init_images"] = tuple(
        keep(text, f"init_images.{number}") for number, text in enumerate(fields.init_images or ()))
    values["mask"] = keep(fields.mask, "mask") if fields.mask else None
    values["latent_mask"] = keep(fields.latent_mask, "latent_mask") if fields.latent_mask else None
    values["mask_blur_x"] = fields.mask_blur_x if fields.mask_blur is None else fields.mask_blur
    values["mask_blur_y"] = fields.mask_blur_y if fields.mask_blur is None else fields.mask_blur
    values["inpainting_mask_invert"] = bool(fields.inpainting_mask_invert)
    return _apply(GenerationRequest(**values), scripts)


def _shared(fields: GenerationFields) -> dict[str, Any]:
    return {name: getattr(fields, name) for name in _SAME_NAME} | {
        "styles": tuple(fields.styles or ()),
        "sampler_name": fields.sampler_name or fields.sampler_index,
        "batch_count": fields.n_iter,
        "seed_resize_from_w": max(fields.seed_resize_from_w, 0),
        "seed_resize_from_h": max(fields.seed_resize_from_h, 0),
        "override_settings": _overrides(fields),
    }


def _overrides(fields: GenerationFields) -> Mapping[str, Any]:
    wanted = without_restricted(fields.override_settings)
    return wanted if fields.save_images else {**wanted, **_NO_GRID}


def _apply(request: GenerationRequest, scripts: Sequence[ScriptUse]) -> GenerationRequest:
    for use in scripts:
        request = use.script.apply(request, use.args)
    return request
