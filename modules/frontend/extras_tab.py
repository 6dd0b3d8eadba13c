"""The Extras tab: pictures that exist are enlarged, repaired and cut; ids are A1111's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import gradio as gr

from modules.extras.sources import EXTENSIONS
from modules.frontend.extras_controls import build_operations
from modules.frontend.extras_request import read_requests
from modules.frontend.form import Form
from modules.frontend.output_panel import build_output_panel
from modules.frontend.picture_canvas import build_canvas
from modules.frontend.services import FrontendServices
from modules.frontend.submission import Wanted, wire_generate
from modules.frontend.tab_strip import TabPage, build_tabs

PICTURE_HEIGHT_PX = 420
_FOLDERS_REFUSED = """<p class="quiet-note">Other computers can reach this server, so only folders in its output folder
    can be used here. For all others, hand the pictures in under Batch Process.</p>"""


def build_extras_tab(services: FrontendServices) -> None:
    """Build sources, operations and output panel, and wire the button."""
    form = Form("extras", services)
    with gr.Row(elem_id="extras_body", elem_classes=["tab-body"]):
        with gr.Column(elem_id="extras_settings", elem_classes=["form-settings"], min_width=320):
            build_tabs("mode_extras", [
                TabPage("extras_single_tab", "Single Image", _build_single),
                TabPage("extras_batch_process_tab", "Batch Process", lambda: _build_uploads(form)),
                TabPage("extras_batch_directory_tab", "Batch from Directory", lambda: _build_folders(form))])
            generate = _build_generate()
            build_operations(form, services.extras.bench)
        with gr.Column(elem_id="extras_results", elem_classes=["form-results"], min_width=320):
            build_output_panel("extras")

    def read(values: Mapping[str, Any], situation: Mapping[str, Any]) -> Iterator[Wanted]:
        return read_requests(values, situation, services.extras.bench.pictures)

    wire_generate(form, generate, read, services.extras.submit)


def _build_single() -> None:
    build_canvas("extras_image", mode="picture", label="Picture", height_px=PICTURE_HEIGHT_PX)


def _build_uploads(form: Form) -> None:
    form.add("batch_files", gr.File(
        file_count="multiple", file_types=list(EXTENSIONS), label="Pictures", elem_id="extras_image_batch", height=240))


def _build_folders(form: Form) -> None:
    if not form.services.extras.bench.folders.anywhere:
        gr.HTML(_FOLDERS_REFUSED, js_on_load=None, apply_default_css=False)
    form.add("input_dir", gr.Textbox(
        label="Input directory", elem_id="extras_batch_input_dir", max_lines=1,
        placeholder="A folder on the computer that the program runs on"))
    form.add("output_dir", gr.Textbox(
        label="Output directory", elem_id="extras_batch_output_dir", max_lines=1,
        placeholder="Empty: the folder for extras pictures. Originals are never replaced"))
    form.add("show_extras_results", gr.Checkbox(
        True, label="Show result images", elem_id="extras_show_extras_results"))


def _build_generate() -> gr.Button:
    with gr.Row(elem_id="extras_generate_box", elem_classes=["generate-box"]):
        generate = gr.Button("Generate", variant="primary", elem_id="extras_generate", elem_classes=["generate"])
        gr.Button("Interrupt", elem_id="extras_interrupt", elem_classes=["while-running"])
        gr.Button("Skip", elem_id="extras_skip", elem_classes=["while-running"])
    return generate
