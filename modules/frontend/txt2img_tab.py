"""The txt2img tab, laid out as A1111's users know it (same element ids)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from modules.foundation.errors import WebUIError
from modules.frontend.controls import Controls, tool_button
from modules.frontend.output_panel import build_output_panel
from modules.frontend.paste import control_values, override_settings
from modules.frontend.services import FrontendServices
from modules.generation.request import GenerationRequest
from modules.sampling.registry import AUTOMATIC, BUILTIN


@dataclass(frozen=True)
class PasteTarget:
    """Where an infotext can go: ``read`` turns it into one update for each of ``outputs``."""

    read: Callable[[str], list[Any]]
    outputs: list[gr.components.Component]


def build_txt2img_tab(services: FrontendServices) -> PasteTarget:
    """Build prompts, controls and output panel, and wire the buttons."""
    controls = Controls()
    with gr.Row(elem_id="txt2img_toprow", elem_classes=["toprow"]):
        with gr.Column(elem_id="txt2img_prompt_container", scale=6):
            _build_prompts(controls)
        with gr.Column(elem_id="txt2img_actions_column", scale=1, min_width=260):
            generate, paste, apply_styles = _build_actions(controls, services)
    with gr.Row(elem_id="txt2img_body", elem_classes=["tab-body"]):
        with gr.Column(elem_id="txt2img_settings", min_width=320):
            _build_sampling(controls, services)
            _build_size(controls, services)
            controls.add("cfg_scale", gr.Slider(1, 30, 7, step=0.5, label="CFG Scale", elem_id="txt2img_cfg_scale"))
            _build_seed(controls)
            with gr.Row(elem_id="txt2img_override_settings_row"):
                controls.add("override_settings", gr.Dropdown(
                    [], value=[], multiselect=True, allow_custom_value=True, label="Override settings",
                    elem_id="txt2img_override_settings"))
        with gr.Column(elem_id="txt2img_results", min_width=320):
            build_output_panel("txt2img")
    client = gr.Textbox(visible="hidden", elem_id="txt2img_client")
    _wire_generate(generate, client, controls, services)
    target = _paste_target(controls, services)
    _wire_paste(paste, client, controls["prompt"], target, services)
    _wire_styles(apply_styles, controls, services)
    return target


def _build_prompts(controls: Controls) -> None:
    controls.add("prompt", gr.Textbox(
        label="Prompt", show_label=False, lines=3, elem_id="txt2img_prompt", elem_classes=["prompt"],
        placeholder="Prompt (Ctrl+Enter to generate, Alt+Enter to skip, Esc to interrupt)"))
    controls.add("negative_prompt", gr.Textbox(
        label="Negative prompt", show_label=False, lines=3, elem_id="txt2img_neg_prompt", elem_classes=["prompt"],
        placeholder="Negative prompt"))


def _build_actions(controls: Controls, services: FrontendServices) -> tuple[gr.Button, gr.Button, gr.Button]:
    with gr.Row(elem_id="txt2img_generate_box", elem_classes=["generate-box"]):
        generate = gr.Button("Generate", variant="primary", elem_id="txt2img_generate")
        gr.Button("Interrupt", elem_id="txt2img_interrupt", elem_classes=["while-running"])
        gr.Button("Skip", elem_id="txt2img_skip", elem_classes=["while-running"])
    with gr.Row(elem_id="txt2img_tools", elem_classes=["tools"]):
        paste = tool_button("↙️", "paste")
        tool_button("🗑️", "txt2img_clear_prompt")
        apply_styles = tool_button("📋", "txt2img_style_apply")
    controls.add("styles", gr.Dropdown(
        services.generation.style_names(), value=[], multiselect=True, label="Styles", elem_id="txt2img_styles"))
    return generate, paste, apply_styles


def _build_sampling(controls: Controls, services: FrontendServices) -> None:
    hidden = services.settings.current.sampler.hide_samplers
    samplers = [spec.label for spec in BUILTIN.samplers if spec.label not in hidden] or [BUILTIN.samplers[0].label]
    with gr.Row(elem_id="sampler_selection_txt2img"):
        controls.add("sampler_name", gr.Dropdown(
            samplers, value=samplers[0], label="Sampling method", elem_id="txt2img_sampling", min_width=150))
        controls.add("scheduler", gr.Dropdown(
            [spec.label for spec in BUILTIN.schedulers], value=AUTOMATIC, label="Schedule type",
            elem_id="txt2img_scheduler", min_width=150))
    controls.add("steps", gr.Slider(1, 150, 20, step=1, label="Sampling steps", elem_id="txt2img_steps"))


def _build_size(controls: Controls, services: FrontendServices) -> None:
    size = services.native_size()
    with gr.Row(elem_id="txt2img_dimensions_row"):
        with gr.Column(elem_id="txt2img_column_size", scale=4, min_width=160):
            controls.add("width", gr.Slider(64, 2048, size.width, step=8, label="Width", elem_id="txt2img_width"))
            controls.add("height", gr.Slider(64, 2048, size.height, step=8, label="Height", elem_id="txt2img_height"))
        with gr.Column(elem_classes=["between"], scale=0, min_width=48):
            swap = tool_button("⇅", "txt2img_res_switch_btn")
        with gr.Column(elem_id="txt2img_column_batch", scale=4, min_width=160):
            controls.add("batch_count", gr.Slider(
                1, 100, 1, step=1, label="Batch count", elem_id="txt2img_batch_count"))
            controls.add("batch_size", gr.Slider(1, 8, 1, step=1, label="Batch size", elem_id="txt2img_batch_size"))
    sides = [controls["width"], controls["height"]]
    swap.click(None, sides, sides, js="(w, h) => [h, w]", api_visibility="private")


def _build_seed(controls: Controls) -> None:
    with gr.Row(elem_id="txt2img_seed_row", elem_classes=["seed-row"]):
        controls.add("seed", gr.Number(-1, precision=0, label="Seed", elem_id="txt2img_seed", min_width=120))
        tool_button("🎲", "txt2img_random_seed")
        tool_button("♻️", "txt2img_reuse_seed")
        controls.add("extra_seed", gr.Checkbox(
            False, label="Extra", elem_id="txt2img_subseed_show", container=False, scale=0, min_width=80))
    with gr.Column(elem_id="txt2img_seed_extras"):
        with gr.Row(elem_id="txt2img_subseed_row", elem_classes=["seed-row"]):
            controls.add("subseed", gr.Number(
                -1, precision=0, label="Variation seed", elem_id="txt2img_subseed", min_width=120))
            tool_button("🎲", "txt2img_random_subseed")
            tool_button("♻️", "txt2img_reuse_subseed")
            controls.add("subseed_strength", gr.Slider(
                0, 1, 0, step=0.01, label="Variation strength", elem_id="txt2img_subseed_strength"))
        with gr.Row(elem_id="txt2img_seed_resize_from_row"):
            controls.add("seed_resize_from_w", gr.Slider(
                0, 2048, 0, step=8, label="Resize seed from width", elem_id="txt2img_seed_resize_from_w"))
            controls.add("seed_resize_from_h", gr.Slider(
                0, 2048, 0, step=8, label="Resize seed from height", elem_id="txt2img_seed_resize_from_h"))


def _wire_generate(button: gr.Button, client: gr.Textbox, controls: Controls, services: FrontendServices) -> None:
    """Submit the request; from then on the page's scripts watch the job by its id."""
    submitted = gr.Textbox(visible="hidden", elem_id="txt2img_submitted")

    def submit(client_id: str, *values: Any) -> str:
        try:
            job = services.generation.submit(_to_request(controls.named(values)), client=client_id)
        except WebUIError as error:
            return json.dumps({"error": error.message, "remedy": error.remedy})
        return json.dumps({"job": job.id})

    button.click(
        submit, [client, *controls.components], submitted, api_visibility="private", queue=False,
        show_progress="hidden", js="(_, ...values) => [webui.jobs.starting('txt2img'), ...values]",
    ).then(None, submitted, None, js="(text) => { webui.jobs.started('txt2img', text); }", api_visibility="private")


def _paste_target(controls: Controls, services: FrontendServices) -> PasteTarget:
    def read(infotext: str) -> list[Any]:
        reading = services.generation.read_infotext(infotext)
        values = control_values(reading.fields, reading.sampler_name, reading.scheduler)
        values["override_settings"] = list(reading.override_settings)
        return controls.updates({name: _clamp(controls[name], value) for name, value in values.items()})

    return PasteTarget(read, controls.components)


def _wire_paste(paste: gr.Button, client: gr.Textbox, prompt: gr.Textbox, target: PasteTarget,
                services: FrontendServices) -> None:
    """Read the prompt box, or where that is empty the newest picture's parameters."""

    def read(client_id: str, text: str) -> list[Any]:
        return target.read(text or services.generation.last_infotext(client_id))

    paste.click(read, [client, prompt], target.outputs, api_visibility="private", queue=False,
                js="(_, prompt) => [webui.client(), prompt]")


def _wire_styles(apply_styles: gr.Button, controls: Controls, services: FrontendServices) -> None:
    def write_styles(prompt: str, negative: str, styles: list[str]) -> tuple[str, str, list[str]]:
        return (*services.generation.apply_styles(prompt, negative, styles), [])

    prompts = [controls["prompt"], controls["negative_prompt"], controls["styles"]]
    apply_styles.click(write_styles, prompts, prompts, api_visibility="private", queue=False)


def _to_request(values: dict[str, Any]) -> GenerationRequest:
    values = dict(values)
    if not values.pop("extra_seed"):
        for name in ("subseed", "subseed_strength", "seed_resize_from_w", "seed_resize_from_h"):
            del values[name]
    values["override_settings"] = override_settings(values["override_settings"] or ())
    values["styles"] = tuple(values["styles"] or ())
    return GenerationRequest.from_json({name: value for name, value in values.items() if value is not None})


def _clamp(control: gr.components.Component, value: Any) -> Any:
    """Bring a pasted number into a slider's range; Gradio would refuse to generate otherwise."""
    if isinstance(control, gr.Slider):
        return min(max(value, control.minimum), control.maximum)
    return value
