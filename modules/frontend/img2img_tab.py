"""The img2img tab: a picture to begin with, in A1111's six ways, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable

import gradio as gr

from modules.frontend.batch_controls import build_batch_sources
from modules.frontend.controls import size_note
from modules.frontend.form import Form
from modules.frontend.img2img_reader import Img2imgReader
from modules.frontend.img2img_request import RESIZE_MODES
from modules.frontend.inpaint_controls import build_inpaint_controls, build_soft_inpainting
from modules.frontend.networks_panel import build_networks_panel
from modules.frontend.output_panel import build_output_panel
from modules.frontend.paste import wire_paste
from modules.frontend.picture_canvas import CanvasMode, build_canvas
from modules.frontend.prompt_controls import build_top_row
from modules.frontend.sampling_controls import (
    build_batch,
    build_denoising,
    build_guidance,
    build_image_guidance,
    build_override_settings,
    build_refiner,
    build_sampling,
    build_size,
    build_switches,
)
from modules.frontend.seed_controls import build_seed
from modules.frontend.services import FrontendServices
from modules.frontend.submission import wire_generate
from modules.frontend.tab_strip import TabPage, build_tabs

DENOISING = 0.75
COPIES = (("img2img", "img2img"), ("sketch", "sketch"), ("inpaint", "inpaint"), ("inpaint_sketch", "inpaint sketch"))
"""The modes that a picture can be copied between, and the words on the buttons."""


def build_img2img_tab(services: FrontendServices, checkpoint: gr.Dropdown) -> None:
    """Build prompts, picture, controls and output panel, and wire the buttons.

    ``checkpoint`` is the page's selector, which decides what is shown.
    """
    form = Form("img2img", services, services.page_plugins.tab_scripts("img2img"))
    with form.scripts.building():
        _build(form, checkpoint)


def _build(form: Form, checkpoint: gr.Dropdown) -> None:
    buttons = build_top_row(form)
    with gr.Row(elem_id="img2img_body", elem_classes=["tab-body"]):
        with gr.Column(elem_id="img2img_settings", elem_classes=["form-settings"], min_width=320):
            build_networks_panel(form.tab)
            form.scripts.build_section("prompt")
            build_tabs("mode_img2img", _modes(form))
            form.scripts.build_section("image")
            _build_settings(form, checkpoint)
        with gr.Column(elem_id="img2img_results", elem_classes=["form-results"], min_width=320):
            build_output_panel("img2img")
    wire_generate(form, buttons.generate, Img2imgReader(form.services))
    wire_paste(buttons.paste, form)


def _modes(form: Form) -> list[TabPage]:
    wishes = form.services.settings.current.interface
    height = wishes.img2img_editor_height

    def canvas(page: str, name: str, mode: CanvasMode, label: str, color: str = "") -> Callable[[], None]:
        def build() -> None:
            build_canvas(name, mode=mode, label=label, height_px=height, color=color)
            gr.HTML(_copy_row(page, name), elem_id=f"img2img_copy_to_{page}", js_on_load=None,
                    apply_default_css=False)

        return build

    def upload() -> None:
        build_canvas("img_inpaint_base", mode="picture", label="Picture to change a part of", height_px=height // 2)
        build_canvas("img_inpaint_mask", mode="picture", label="Mask: white is made new, black stays",
                     height_px=height // 2)

    return [
        TabPage("img2img_img2img_tab", "img2img",
                canvas("img2img", "img2img_image", "picture", "Picture to begin with")),
        TabPage("img2img_img2img_sketch_tab", "Sketch",
                canvas("sketch", "img2img_sketch", "sketch", "Picture to paint on",
                       wishes.img2img_sketch_default_brush_color)),
        TabPage("img2img_inpaint_tab", "Inpaint",
                canvas("inpaint", "img2maskimg", "mask", "Picture: paint over what is to be made new",
                       wishes.img2img_inpaint_mask_brush_color)),
        TabPage("img2img_inpaint_sketch_tab", "Inpaint sketch",
                canvas("inpaint_sketch", "inpaint_sketch", "mask_sketch",
                       "Picture: what you paint is made new, beginning with your colours",
                       wishes.img2img_inpaint_sketch_default_brush_color)),
        TabPage("img2img_inpaint_upload_tab", "Inpaint upload", upload),
        TabPage("img2img_batch_tab", "Batch", lambda: build_batch_sources(form)),
    ]


def _copy_row(page: str, canvas: str) -> str:
    buttons = "".join(f'<button type="button" class="action" data-copy-from="{canvas}" data-copy-to="{target}">'
                      f"{words}</button>" for target, words in COPIES if target != page)
    return f'<div class="copy-to"><span>Copy picture to</span>{buttons}</div>'


def _build_settings(form: Form, checkpoint: gr.Dropdown) -> None:
    section = form.scripts.build_section
    with gr.Column(elem_id="inpaint_controls"):
        build_inpaint_controls(form)
        section("inpaint")
    form.add("resize_mode", gr.Radio(
        list(RESIZE_MODES), value=RESIZE_MODES[0], label="Resize mode", elem_id="resize_mode"))
    build_sampling(form)
    section("sampler")
    with gr.Column(elem_id="img2img_accordions", elem_classes=["accordions"]):
        build_soft_inpainting(form)
        build_refiner(form)
        section("accordions")
    build_switches(form)
    section("checkboxes")
    with gr.Row(elem_id="img2img_dimensions_row", elem_classes=["dimensions"]):
        with gr.Column(elem_id="img2img_resize", scale=4, min_width=160):
            build_tabs("img2img_tabs_resize", [
                TabPage("img2img_tab_resize_to", "Resize to", lambda: _build_size_row(form)),
                TabPage("img2img_tab_resize_by", "Resize by", lambda: _build_scale(form)),
            ])
        build_batch(form)
    section("dimensions")
    section("batch")
    build_guidance(form)
    build_image_guidance(form, checkpoint)
    section("cfg")
    build_denoising(form, DENOISING)
    section("denoising")
    build_seed(form)
    section("seed")
    build_override_settings(form)
    section("override_settings")
    form.scripts.build()


def _build_size_row(form: Form) -> None:
    with gr.Row(elem_classes=["dimensions"]):
        build_size(form, detect=True)


def _build_scale(form: Form) -> None:
    form.add("scale", gr.Slider(0.05, 4, 1, step=0.05, label="Scale", elem_id="img2img_scale"))
    size_note("img2img_scale_resolution_preview")
