"""From an infotext to the values of a form's controls."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

import gradio as gr

from modules.artefacts.overrides import OVERRIDE_OPTIONS
from modules.frontend.form import Form
from modules.jobs.generation_service import ReadInfotext
from modules.sampling.registry import REGISTRY


def _whole(value: Any) -> int:
    return int(float(value))


def _number(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(value)
    return number


def _says_true(value: Any) -> bool:
    return str(value) == "True"


_READERS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "steps": ("Steps", _whole),
    "cfg_scale": ("CFG scale", _number),
    "image_cfg_scale": ("Image CFG scale", _number),
    "width": ("Size-1", int),
    "height": ("Size-2", int),
    "batch_size": ("Batch size", int),
    "seed": ("Seed", int),
    "subseed": ("Variation seed", int),
    "subseed_strength": ("Variation seed strength", _number),
    "seed_resize_from_w": ("Seed resize from-1", int),
    "seed_resize_from_h": ("Seed resize from-2", int),
    "denoising_strength": ("Denoising strength", _number),
    "refiner_checkpoint": ("Refiner", str),
    "refiner_switch_at": ("Refiner switch at", _number),
    "hr_scale": ("Hires upscale", _number),
    "hr_upscaler": ("Hires upscaler", str),
    "hr_second_pass_steps": ("Hires steps", _whole),
    "hr_resize_x": ("Hires resize-1", int),
    "hr_resize_y": ("Hires resize-2", int),
    "hr_checkpoint_name": ("Hires checkpoint", str),
    "hr_prompt": ("Hires prompt", str),
    "hr_negative_prompt": ("Hires negative prompt", str),
    "mask_blur": ("Mask blur", _whole),
    "mask_mode": ("Mask mode", str),
    "inpainting_fill": ("Masked content", str),
    "inpaint_full_res": ("Inpaint area", str),
    "inpaint_full_res_padding": ("Masked area padding", _whole),
    "soft_inpainting_enabled": ("Soft inpainting enabled", _says_true),
    "mask_blend_power": ("Soft inpainting schedule bias", _number),
    "mask_blend_scale": ("Soft inpainting preservation strength", _number),
    "inpaint_detail_preservation": ("Soft inpainting transition contrast boost", _number),
    "composite_mask_influence": ("Soft inpainting mask influence", _number),
    "composite_difference_threshold": ("Soft inpainting difference threshold", _number),
    "composite_difference_contrast": ("Soft inpainting difference contrast", _number),
}
_EXTRA_SEED = ("Variation seed", "Seed resize from-1")
_HIRES = ("Hires upscale", "Hires upscaler")
_PARAMETERS = ("Steps", "Sampler", "Seed", "Size-1")
_HANDLED = ("Tiling", "Face restoration")
"""Settings that the forms have a control for."""
SENT = ("prompt", "negative_prompt", "styles", "steps", "restore_faces")
"""Controls that follow a picture sent from one form to another, besides seed and size."""


def control_values(reading: ReadInfotext) -> dict[str, Any]:
    """Return the values that an infotext gives to controls, by control name.

    What the text does not say, or says in a way that cannot be read, is left out, and the control stays as
    it is. A text without parameters is a prompt.
    """
    fields = reading.fields
    values: dict[str, Any] = {
        "prompt": str(fields.get("Prompt", "")), "negative_prompt": str(fields.get("Negative prompt", ""))}
    if "Styles array" in fields:
        values["styles"] = list(fields["Styles array"])
    if not any(key in fields for key in _PARAMETERS):
        return values
    return values | dict(_read_all(fields)) | _read_samplers(reading) | _read_switches(fields) | {
        "override_settings": [line for line in reading.override_settings if line.partition(":")[0] not in _HANDLED]}


def override_settings(lines: Iterable[str]) -> dict[str, str]:
    """Read ``infotext key: value`` lines into settings by their A1111 key; other lines are left out."""
    pairs = (line.partition(":") for line in lines)
    return {OVERRIDE_OPTIONS[key.strip()]: value.strip() for key, _, value in pairs if key.strip() in OVERRIDE_OPTIONS}


def wire_paste(paste: gr.Button, form: Form) -> None:
    """Let ``paste`` read the prompt box, or where that is empty the newest picture's parameters.

    Two hidden buttons take what ``assets/sending.js`` brings from other tabs: ``<tab>_receive_all`` for every
    control, ``<tab>_receive`` for the few that follow a picture.
    """
    client = gr.Textbox(visible="hidden", elem_id=form.id("paste_client"))
    sent = gr.Textbox(visible="hidden", elem_id=form.id("received"))
    everything = gr.Button(visible="hidden", elem_id=form.id("receive_all"))
    some = gr.Button(visible="hidden", elem_id=form.id("receive"))

    def read(client_id: str, text: str) -> list[Any]:
        return read_updates(form, text or form.services.generation.last_infotext(client_id))

    def read_sent(infotext: str) -> list[Any]:
        seed = ("seed",) if form.services.settings.current.interface.send_seed else ()
        return read_updates(form, infotext, wanted=(*SENT, *seed))

    outputs = [*form.controls.components, *form.scripts.pasted_components]
    shared: dict[str, Any] = {"outputs": outputs, "api_visibility": "private", "queue": False}
    paste.click(read, [client, form.controls["prompt"]], js=f"(_, prompt) => [webui.client('{form.tab}'), prompt]",
                **shared)
    everything.click(lambda infotext: read_updates(form, infotext), sent, js="() => webui.sentInfotext", **shared)
    some.click(read_sent, sent, js="() => webui.sentInfotext", **shared)


def read_updates(form: Form, infotext: str, wanted: Collection[str] | None = None) -> list[Any]:
    """Return one update for each control of ``form`` and of its scripts: what the infotext says, if ``wanted``."""
    reading = form.services.generation.read_infotext(infotext)
    values = control_values(reading)
    for name in ("refiner_checkpoint", "hr_checkpoint_name"):
        if entry := form.services.bench.catalog.find(values.get(name, "")):
            values[name] = entry.title
    fitted = {name: _fit(form.controls[name], value) for name, value in values.items()
              if name in form.controls and (wanted is None or name in wanted)}
    own = form.controls.updates({name: value for name, value in fitted.items() if value is not None})
    return [*own, *form.scripts.pasted(infotext, reading.fields, everything=wanted is None)]


def _read_all(fields: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    for name, (key, read) in _READERS.items():
        if key in fields:
            try:
                yield name, read(fields[key])
            except (TypeError, ValueError, OverflowError):
                continue


def _read_samplers(reading: ReadInfotext) -> dict[str, Any]:
    fields = reading.fields
    if "Sampler" not in fields:
        return {}
    hires = REGISTRY.current.resolve_hires((fields["Sampler"], fields.get("Schedule type", "")),
                                  (fields.get("Hires sampler"), fields.get("Hires schedule type")))
    return {"sampler_name": reading.sampler_name, "scheduler": reading.scheduler,
            "hr_sampler_name": hires[0], "hr_scheduler": hires[1]}


def _read_switches(fields: Mapping[str, Any]) -> dict[str, bool]:
    enlarged = any(key in fields for key in _HIRES) or str(fields.get("Hires resize-1", 0)) != "0"
    return {
        "extra_seed": any(key in fields for key in _EXTRA_SEED),
        "enable_hr": "Denoising strength" in fields and enlarged,
        "enable_refiner": "Refiner" in fields,
        "tiling": _says_true(fields.get("Tiling")),
        "restore_faces": "Face restoration" in fields,
    }


def _fit(control: gr.components.Component, value: Any) -> Any:
    """Bring a value into what the control accepts, for Gradio would refuse to generate; None where that fails."""
    if isinstance(control, gr.Slider):
        return min(max(value, control.minimum), control.maximum)
    if isinstance(control, (gr.Dropdown, gr.Radio)) and not getattr(control, "allow_custom_value", False):
        known = [choice for _, choice in control.choices or ()]
        wanted = value if isinstance(value, list) else [value]
        return value if all(one in known for one in wanted) else None
    return value
