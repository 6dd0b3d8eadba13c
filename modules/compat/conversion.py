"""The two crossings between A1111's ``p`` and the core's request. Nothing else in the program knows both."""

from __future__ import annotations

import base64
import binascii
import contextlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image

from modules.artefacts.picture_store import PictureStore
from modules.compat.draft import (
    StableDiffusionProcessing,
    StableDiffusionProcessingImg2Img,
    StableDiffusionProcessingTxt2Img,
)
from modules.compat.samplers import core_sampler_label
from modules.foundation.errors import InvalidRequestError
from modules.generation.plan import GenerationPlan
from modules.generation.request import GenerationRequest
from modules.imaging.reading import open_image
from modules.settings.values import Settings

SHARED = ("prompt", "negative_prompt", "sampler_name", "scheduler", "steps", "cfg_scale", "width", "height",
          "batch_size", "seed", "subseed", "subseed_strength", "seed_resize_from_w", "seed_resize_from_h", "eta",
          "s_churn", "s_tmin", "s_tmax", "s_noise", "s_min_uncond", "refiner_checkpoint", "refiner_switch_at", "tiling",
          "restore_faces", "disable_extra_networks", "denoising_strength")
"""Fields of the same name and meaning on both sides."""
HIRES = ("enable_hr", "hr_scale", "hr_upscaler", "hr_second_pass_steps", "hr_resize_x", "hr_resize_y",
         "hr_checkpoint_name", "hr_sampler_name", "hr_scheduler", "hr_prompt", "hr_negative_prompt")
PICTURES = ("resize_mode", "image_cfg_scale", "initial_noise_multiplier", "mask_blur_x", "mask_blur_y", "mask_round",
            "inpainting_fill", "inpaint_full_res", "inpaint_full_res_padding", "inpainting_mask_weight")
OURS_ALONE = ("outpainting", "soft_inpainting")
"""What A1111's ``p`` has no fields for; it stays with ``p`` and its copies."""
BEYOND = "_beyond_a1111"
_COUNTS = ("steps", "width", "height", "batch_size", "seed", "subseed", "seed_resize_from_w", "seed_resize_from_h",
           "hr_second_pass_steps", "hr_resize_x", "hr_resize_y", "resize_mode", "mask_blur_x", "mask_blur_y",
           "inpainting_fill", "inpaint_full_res_padding")
"""Whole numbers, which scripts also compute as floats."""
_FLAGS = ("tiling", "restore_faces", "disable_extra_networks", "enable_hr", "mask_round", "inpaint_full_res")


def draft_of(request: GenerationRequest, pictures: PictureStore, settings: Settings, data_folder: Path
             ) -> StableDiffusionProcessing:
    """Return ``p`` for a request whose choices are made. Raises: NotFoundError, InvalidRequestError."""
    values = {name: getattr(request, name) for name in SHARED}
    if request.is_img2img and request.denoising_strength is None:
        del values["denoising_strength"]  # scripts count with it, so the default stands in its place
    p: StableDiffusionProcessing
    if request.is_img2img:
        mask, latent = request.mask, request.latent_mask
        p = StableDiffusionProcessingImg2Img(
            **values, **{name: getattr(request, name) for name in PICTURES if name != "inpainting_mask_weight"},
            init_images=[pictures.open(name, field="init_images") for name in request.init_images],
            mask=pictures.open(mask, field="mask") if mask else None,
            latent_mask=pictures.open(latent, field="latent_mask") if latent else None,
            inpainting_mask_invert=int(request.inpainting_mask_invert))
        p.inpainting_mask_weight = request.inpainting_mask_weight
    else:
        first = request.firstpass_image
        p = StableDiffusionProcessingTxt2Img(
            **values, **{name: getattr(request, name) for name in HIRES},
            firstpass_image=pictures.open(first, field="firstpass_image") if first else None)
    setattr(p, BEYOND, {name: getattr(request, name) for name in OURS_ALONE if getattr(request, name) is not None})
    p.n_iter = request.batch_count
    p.styles = list(request.styles)
    p.override_settings = {**request.override_settings, **_named_settings(request)}
    p.do_not_save_samples = p.do_not_save_grid = request.save_images is False
    known = {key: value for key, value in request.override_settings.items() if key.startswith("outdir_")}
    p.outpath_samples, p.outpath_grids = _folders(settings.with_values(known), request, data_folder)
    return p


def _named_settings(request: GenerationRequest) -> dict[str, Any]:
    """Return what a request has fields for and A1111 has settings for."""
    named = {"sd_model_checkpoint": request.checkpoint, "CLIP_stop_at_last_layers": request.clip_skip}
    return {key: value for key, value in named.items() if value is not None}


def _folders(settings: Settings, request: GenerationRequest, data_folder: Path) -> tuple[str, str]:
    paths = settings.paths
    samples = paths.outdir_img2img_samples if request.is_img2img else paths.outdir_txt2img_samples
    grids = paths.outdir_img2img_grids if request.is_img2img else paths.outdir_txt2img_grids
    return (str(data_folder / (paths.outdir_samples or samples)), str(data_folder / (paths.outdir_grids or grids)))


@contextlib.contextmanager
def lend_request(p: StableDiffusionProcessing, pictures: PictureStore) -> Iterator[GenerationRequest]:
    """Return the request that ``p`` asks for; its pictures are there as long as this lasts.

    Raises: InvalidRequestError naming the field.
    """
    named = _pictures_of(p)
    with pictures.lend([picture for _, picture in named]) as names:
        lent: dict[str, Any] = {"init_images": ()}
        for (field, _), name in zip(named, names):
            lent[field] = (*lent["init_images"], name) if field == "init_images" else name
        yield _request_of(p, lent)


def _request_of(p: StableDiffusionProcessing, lent: dict[str, Any]) -> GenerationRequest:
    names = SHARED + (PICTURES if isinstance(p, StableDiffusionProcessingImg2Img) else HIRES)
    values = {name: _plain(name, getattr(p, name, None)) for name in names}
    values = {name: value for name, value in values.items() if value is not None}
    settings = dict(p.override_settings or {})
    checkpoint, clip_skip = settings.pop("sd_model_checkpoint", None), settings.pop("CLIP_stop_at_last_layers", None)
    for name in ("seed_resize_from_w", "seed_resize_from_h"):
        values[name] = max(values.get(name, 0), 0)
    values.setdefault("seed", -1)
    values.setdefault("subseed", -1)
    if isinstance(p, StableDiffusionProcessingImg2Img):
        values["inpainting_mask_invert"] = bool(p.inpainting_mask_invert)
    given = {key: value for key, value in lent.items() if value}
    return GenerationRequest.from_json({
        **values, **getattr(p, BEYOND, {}), **given, "styles": tuple(p.styles or ()), "batch_count": int(p.n_iter),
        "checkpoint": checkpoint, "clip_skip": clip_skip, "override_settings": settings})


def _plain(name: str, value: Any) -> Any:
    """Bring what scripts write into a field to the field's kind."""
    if value is None:
        return None
    if name in ("prompt", "negative_prompt", "hr_prompt", "hr_negative_prompt"):
        return str(value[0]) if isinstance(value, (list, tuple)) and value else str(value or "")
    if name in ("seed", "subseed") and isinstance(value, (list, tuple)):
        value = value[0] if value else -1  # one for each picture; the others are read where pictures are listed
    if name in _FLAGS:
        return bool(value)
    if name in ("sampler_name", "hr_sampler_name"):
        return core_sampler_label(str(value))
    if name in _COUNTS:
        try:
            return int(value)
        except (TypeError, ValueError, OverflowError):
            raise InvalidRequestError(name, f"{name} must be a whole number, not {str(value)[:60]!r}.") from None
    if isinstance(value, (str, int, float)):
        return value
    return value.item() if hasattr(value, "item") else value


def _pictures_of(p: StableDiffusionProcessing) -> list[tuple[str, Image.Image]]:
    """Return the pictures that ``p`` carries, each after the field it is for."""
    found: list[tuple[str, Any]] = []
    if isinstance(p, StableDiffusionProcessingImg2Img):
        found += [("init_images", picture) for picture in p.init_images or []]
        found += [("mask", p.image_mask), ("latent_mask", p.latent_mask)]
        if not found[:-2]:
            raise InvalidRequestError("init_images", "There is no picture to start from.",
                                      remedy="Choose a picture first.")
    else:
        found.append(("firstpass_image", p.firstpass_image))
    return [(field, read_picture(picture, field)) for field, picture in found if picture is not None]


def read_picture(value: Any, field: str = "image") -> Image.Image:
    """Return a picture that a script gave as one, as a path or as base64. Raises: InvalidRequestError."""
    if isinstance(value, Image.Image):
        return value if value.mode in ("RGB", "RGBA", "L") else value.convert("RGBA")
    if isinstance(value, str) and Path(value[:4096]).suffix:
        return open_image(Path(value), field=field)
    if isinstance(value, str):
        try:
            return open_image(io.BytesIO(base64.b64decode(value.split(",", 1)[-1])).getvalue(), field=field)
        except binascii.Error:
            pass
    raise InvalidRequestError(field, f"{field} must be a picture, not {type(value).__name__!s}.")


def with_outputs(plan: GenerationPlan, p: StableDiffusionProcessing) -> GenerationPlan:
    """Let ``p`` decide where pictures go, and whether."""
    outputs = plan.outputs
    pictures = replace(outputs.pictures, folder=Path(p.outpath_samples)) if p.outpath_samples else outputs.pictures
    grids = replace(outputs.grids, folder=Path(p.outpath_grids)) if p.outpath_grids else outputs.grids
    grid = replace(outputs.grid, shown=outputs.grid.shown and not p.do_not_save_grid,
                   saved=outputs.grid.saved and not p.do_not_save_grid)
    return replace(plan, outputs=replace(
        outputs, pictures=pictures, grids=grids, grid=grid,
        save_pictures=outputs.save_pictures and not p.do_not_save_samples))


def pick(values: Sequence[Any] | None, index: int, default: Any) -> Any:
    """Return the value of one picture; the last one where a script gave fewer."""
    if not values:
        return default
    return values[min(index, len(values) - 1)]
