"""The txt2img tab, laid out as A1111's users know it (same element ids)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import gradio as gr

from modules.frontend.form import Form
from modules.frontend.hires_controls import build_hires
from modules.frontend.networks_panel import build_networks_panel
from modules.frontend.output_panel import build_output_panel
from modules.frontend.paste import wire_paste
from modules.frontend.prompt_controls import build_top_row
from modules.frontend.request_values import txt2img_request, upscale_request
from modules.frontend.sampling_controls import (
    build_batch,
    build_guidance,
    build_override_settings,
    build_refiner,
    build_sampling,
    build_size,
    build_switches,
)
from modules.frontend.seed_controls import build_seed
from modules.frontend.services import FrontendServices
from modules.frontend.submission import Wanted, wire_generate


def build_txt2img_tab(services: FrontendServices) -> None:
    """Build prompts, controls and output panel, and wire the buttons."""
    form = Form("txt2img", services, services.page_plugins.tab_scripts("txt2img"))
    with form.scripts.building():
        _build(form)


def _build(form: Form) -> None:
    services = form.services
    buttons = build_top_row(form)
    with gr.Row(elem_id="txt2img_body", elem_classes=["tab-body"]):
        with gr.Column(elem_id="txt2img_settings", elem_classes=["form-settings"], min_width=320):
            build_networks_panel(form.tab)
            _build_settings(form)
        with gr.Column(elem_id="txt2img_results", elem_classes=["form-results"], min_width=320):
            build_output_panel("txt2img")
            upscale = gr.Button(visible="hidden", elem_id="txt2img_upscale_submit")
    wire_generate(form, buttons.generate, _read)
    wire_generate(form, upscale, lambda values, situation: _read_upscale(services, values, situation))
    wire_paste(buttons.paste, form)


def _build_settings(form: Form) -> None:
    section = form.scripts.build_section
    section("prompt")
    section("image")
    section("inpaint")
    build_sampling(form)
    section("sampler")
    with gr.Column(elem_id=form.id("accordions"), elem_classes=["accordions"]):
        build_hires(form)
        build_refiner(form)
        section("accordions")
    build_switches(form)
    section("checkboxes")
    with gr.Row(elem_id=form.id("dimensions_row"), elem_classes=["dimensions"]):
        build_size(form)
        build_batch(form)
    section("dimensions")
    section("batch")
    build_guidance(form)
    section("cfg")
    section("denoising")
    build_seed(form)
    section("seed")
    build_override_settings(form)
    section("override_settings")
    form.scripts.build()


def _read(values: Mapping[str, Any], _: Mapping[str, Any]) -> Iterator[Wanted]:
    yield Wanted(txt2img_request(values))


def _read_upscale(services: FrontendServices, values: Mapping[str, Any],
                  situation: Mapping[str, Any]) -> Iterator[Wanted]:
    """Hires fix for the selected picture of the gallery."""
    picture = services.finished_picture(situation)
    made_with = services.generation.read_infotext(str(situation.get("infotext", ""))).fields
    yield Wanted(upscale_request(values, picture, services.pictures.size(picture), made_with))
