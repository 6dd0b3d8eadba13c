"""From the values of a form's controls to the fields of a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modules.foundation.size import Size
from modules.frontend.paste import override_settings
from modules.generation.hires_plan import SAME_CHECKPOINT
from modules.generation.request import GenerationRequest
from modules.sampling.registry import SAME_SAMPLER, SAME_SCHEDULER

_ALWAYS = ("prompt", "negative_prompt", "styles", "sampler_name", "scheduler", "steps", "cfg_scale", "batch_count",
           "batch_size", "seed")
_EXTRA_SEED = ("subseed", "subseed_strength", "seed_resize_from_w", "seed_resize_from_h")
_REFINER = ("refiner_checkpoint", "refiner_switch_at")
_HIRES = ("denoising_strength", "hr_scale", "hr_upscaler", "hr_second_pass_steps", "hr_resize_x", "hr_resize_y",
          "hr_checkpoint_name", "hr_sampler_name", "hr_scheduler", "hr_prompt", "hr_negative_prompt")
_SAME = (SAME_CHECKPOINT, SAME_SAMPLER, SAME_SCHEDULER)


def shared_fields(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that every form gives. What a closed section holds is left out."""
    fields = _pick(values, _ALWAYS)
    if values["extra_seed"]:
        fields |= _pick(values, _EXTRA_SEED)
    if values["enable_refiner"] and values["refiner_checkpoint"]:
        fields |= _pick(values, _REFINER)
    for name in ("tiling", "restore_faces"):
        if values.get(name):
            fields[name] = True  # off leaves it to the settings
    fields["override_settings"] = override_settings(values["override_settings"] or ())
    return fields


def txt2img_request(values: Mapping[str, Any]) -> GenerationRequest:
    """Raises: InvalidRequestError."""
    fields = shared_fields(values) | _pick(values, ("width", "height"))
    if values["enable_hr"]:
        fields |= {"enable_hr": True} | hires_fields(values)
    return GenerationRequest.from_json(fields)


def upscale_request(values: Mapping[str, Any], picture: str, size: Size,
                    made_with: Mapping[str, Any]) -> GenerationRequest:
    """Return hires fix for a finished picture, whose infotext's fields are ``made_with``.

    Raises: InvalidRequestError.
    """
    fields = shared_fields(values) | hires_fields(values) | {
        "enable_hr": True, "firstpass_image": picture, "width": size.width, "height": size.height, "batch_count": 1,
        "batch_size": 1}
    fields |= {"seed": _seed(made_with.get("Seed")), "subseed": _seed(made_with.get("Variation seed"))}
    fields["override_settings"]["save_images_before_highres_fix"] = False
    return GenerationRequest.from_json(fields)


def hires_fields(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in _pick(values, _HIRES).items() if value not in _SAME}


def _seed(written: Any) -> int:
    text = str(written)
    return int(text) if text.isdecimal() and len(text) < 20 else -1


def _pick(values: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: values[name] for name in names if values[name] is not None}
