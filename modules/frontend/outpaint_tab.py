"""The Outpaint tab: a picture grows beyond its edges."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import gradio as gr

from modules.foundation.errors import InvalidRequestError, WebUIError
from modules.frontend.form import Form
from modules.frontend.img2img_request import picture_in
from modules.frontend.output_panel import build_output_panel
from modules.frontend.paste import wire_paste
from modules.frontend.picture_canvas import build_canvas
from modules.frontend.prompt_controls import build_top_row
from modules.frontend.request_values import shared_fields
from modules.frontend.sampling_controls import (
    build_batch,
    build_denoising,
    build_guidance,
    build_override_settings,
    build_refiner,
    build_sampling,
)
from modules.frontend.seed_controls import build_seed
from modules.frontend.services import FrontendServices
from modules.frontend.submission import Wanted, problem, read_situation, wire_generate
from modules.generation.request import GenerationRequest, Outpainting

DENOISING = 0.8
FILLS = (("Noise shaped like the picture", "noise"), ("The edge, stretched", "edge"),
         ("The picture, mirrored", "mirror"))
SIDES = ("left", "right", "up", "down")
_DEFAULTS = Outpainting()
_CHOICES = ("fill", "mask_blur", "falloff_exponent", "color_variation", "seam_pass")


def build_outpaint_tab(services: FrontendServices) -> None:
    """Build prompts, picture, controls and output panel, and wire the buttons."""
    form = Form("outpaint", services)
    buttons = build_top_row(form)
    with gr.Row(elem_id="outpaint_body", elem_classes=["tab-body"]):
        with gr.Column(elem_id="outpaint_settings", elem_classes=["form-settings"], min_width=320):
            build_canvas("outpaint_image", mode="outpaint", label="Picture to extend",
                         height_px=services.settings.current.interface.img2img_editor_height)
            _build_settings(form)
        with gr.Column(elem_id="outpaint_results", elem_classes=["form-results"], min_width=320):
            build_output_panel("outpaint")
    wire_generate(form, buttons.generate, _read)
    wire_paste(buttons.paste, form)


def outpaint_request(values: Mapping[str, Any], situation: Mapping[str, Any]) -> GenerationRequest:
    """Raises: InvalidRequestError where there is no picture, or no side to extend."""
    image = picture_in(situation, "image")
    frame = situation.get("frame")
    sides = {side: frame.get(side, 0) for side in SIDES} if isinstance(frame, dict) else {}
    if not any(sides.values()):
        raise InvalidRequestError("outpainting", "The picture is not extended to any side.",
                                  remedy="Pull a side of its frame outwards, or type how many pixels to add.")
    return GenerationRequest.from_json(shared_fields(values) | {
        "init_images": (image,), "denoising_strength": values["denoising_strength"],
        "outpainting": sides | {name: values[name] for name in _CHOICES}})


def _build_settings(form: Form) -> None:
    form.add("fill", gr.Radio(
        list(FILLS), value=_DEFAULTS.fill, label="New area begins as", elem_id="outpaint_fill"))
    with gr.Row():
        form.add("mask_blur", gr.Slider(
            0, 64, _DEFAULTS.mask_blur, step=1, label="Mask blur", elem_id="outpaint_mask_blur", min_width=160))
        form.add("falloff_exponent", gr.Slider(
            0, 4, _DEFAULTS.falloff_exponent, step=0.01, label="Fall-off exponent", elem_id="outpaint_falloff",
            min_width=160))
    with gr.Row():
        form.add("color_variation", gr.Slider(
            0, 1, _DEFAULTS.color_variation, step=0.01, label="Colour variation",
            elem_id="outpaint_color_variation", min_width=160))
        form.add("seam_pass", gr.Checkbox(
            _DEFAULTS.seam_pass, label="Paint over the seams once more", elem_id="outpaint_seam_pass",
            min_width=160))
    preview = gr.Button("👁️ Preview what painting begins with", elem_id="outpaint_preview")
    gr.HTML('<img class="canvas-preview" alt="What painting begins with" hidden>', elem_id="outpaint_preview_image",
            js_on_load=None)
    build_sampling(form)
    with gr.Column(elem_id="outpaint_accordions", elem_classes=["accordions"]):
        build_refiner(form)
    with gr.Row(elem_classes=["dimensions"]):
        build_batch(form)
    build_guidance(form)
    build_denoising(form, DENOISING)
    build_seed(form)
    build_override_settings(form)
    _wire_preview(preview, form)


def _wire_preview(preview: gr.Button, form: Form) -> None:
    """Show what painting will begin with, before anything is generated."""
    situation = gr.Textbox(visible="hidden", elem_id="outpaint_preview_situation")
    described = gr.Textbox(visible="hidden", elem_id="outpaint_preview_request")

    def describe(situation_text: str, *values: Any) -> str:
        try:
            request = outpaint_request(form.controls.named(values), read_situation(situation_text))
        except WebUIError as error:
            return json.dumps(problem(error))
        return json.dumps({"request": request.to_json()})

    preview.click(
        describe, [situation, *form.controls.components], described, api_visibility="private", queue=False,
        show_progress="hidden",
        js="async (_, ...values) => [await webui.situation('outpaint_generate'), ...values]",
    ).then(None, described, None, js="(text) => { webui.previewOutpainting(text); }", api_visibility="private")


def _read(values: Mapping[str, Any], situation: Mapping[str, Any]) -> Iterator[Wanted]:
    yield Wanted(outpaint_request(values, situation))
