"""The ``infotext`` field: parameters as a picture carries them, for whatever a request leaves unsaid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from modules.api.sdapi.generation_models import GenerationFields
from modules.api.sdapi.scripts import Tab
from modules.artefacts.overrides import find_overrides
from modules.foundation.errors import InvalidRequestError
from modules.jobs.generation_service import GenerationService, ReadInfotext

Fields = TypeVar("Fields", bound=GenerationFields)

_BOTH = {
    "steps": "Steps",
    "seed": "Seed",
    "subseed": "Variation seed",
    "subseed_strength": "Variation seed strength",
    "seed_resize_from_w": "Seed resize from-1",
    "seed_resize_from_h": "Seed resize from-2",
    "refiner_checkpoint": "Refiner",
    "refiner_switch_at": "Refiner switch at",
}
_TXT2IMG = {
    "prompt": "Prompt",
    "negative_prompt": "Negative prompt",
    "cfg_scale": "CFG scale",
    "width": "Size-1",
    "height": "Size-2",
    "batch_size": "Batch size",
    "styles": "Styles array",
    "denoising_strength": "Denoising strength",
    "hr_scale": "Hires upscale",
    "hr_upscaler": "Hires upscaler",
    "hr_second_pass_steps": "Hires steps",
    "hr_resize_x": "Hires resize-1",
    "hr_resize_y": "Hires resize-2",
    "hr_checkpoint_name": "Hires checkpoint",
    "hr_sampler_name": "Hires sampler",
    "hr_scheduler": "Hires schedule type",
    "hr_prompt": "Hires prompt",
    "hr_negative_prompt": "Hires negative prompt",
}
"""Field of the API -> key of an infotext. Of img2img only the sections below the prompt have fields."""


def fill_from_infotext(fields: Fields, tab: Tab, service: GenerationService) -> Fields:
    """Return the request with what its infotext says and it does not. Raises: InvalidRequestError."""
    if not fields.infotext:
        return fields
    read = service.read_infotext(fields.infotext)
    given = fields.model_dump(exclude_unset=True)
    settings = {one.option: one.value
                for one in find_overrides(read.fields, service.settings.current.flat(), handled=("Model hash",))}
    if "Model hash" in read.fields and "sd_model_checkpoint" not in fields.override_settings:
        settings["sd_model_checkpoint"] = read.fields["Model hash"]
    values = {**_pasted(read, tab), **given, "override_settings": {**settings, **fields.override_settings}}
    try:
        return type(fields).model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidRequestError("infotext", f"The infotext has a {first['loc'][0]} that cannot be used: "
                                              f"{first['msg']}.") from error


def _pasted(read: ReadInfotext, tab: Tab) -> dict[str, Any]:
    table = {**_BOTH, **_TXT2IMG} if tab == "txt2img" else _BOTH
    values = {name: read.fields[key] for name, key in table.items() if key in read.fields}
    if "Sampler" in read.fields:
        values |= {"sampler_name": read.sampler_name, "scheduler": read.scheduler}
    if tab == "txt2img":
        values["enable_hr"] = _mentions_hires(read.fields)
    return values


def _mentions_hires(fields: Mapping[str, Any]) -> bool:
    resized = any(str(fields.get(key, 0)) not in ("0", "") for key in ("Hires resize-1", "Hires resize-2"))
    return "Denoising strength" in fields and (resized or "Hires upscale" in fields or "Hires upscaler" in fields)
