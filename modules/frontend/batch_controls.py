"""Where the pictures of an img2img batch come from and go to."""

from __future__ import annotations

import gradio as gr

from modules.extras.sources import EXTENSIONS
from modules.frontend.batch_requests import PROPERTIES
from modules.frontend.controls import input_accordion
from modules.frontend.form import Form
from modules.frontend.tab_strip import TabPage, build_tabs


def build_batch_sources(form: Form) -> None:
    """Add uploads and folders, and what is taken over from the pictures."""
    build_tabs("img2img_batch_source", [
        TabPage("img2img_batch_upload_tab", "Upload", lambda: _build_uploads(form)),
        TabPage("img2img_batch_from_dir_tab", "From directory", lambda: _build_folders(form)),
    ])
    with input_accordion("Use the parameters that the pictures carry", "img2img_batch_use_png_info") as enabled:
        form.add("use_png_info", enabled)
        form.add("png_info_dir", gr.Textbox(
            label="Folder of the pictures that carry them", elem_id="img2img_batch_png_info_dir", max_lines=1,
            placeholder="Empty: the pictures of the batch themselves"))
        form.add("png_info_props", gr.CheckboxGroup(
            list(PROPERTIES), value=["Prompt"], label="Parameters to take over",
            elem_id="img2img_batch_png_info_props", info="Prompts are added to the ones above"))


def _build_uploads(form: Form) -> None:
    form.add("batch_files", gr.File(
        file_count="multiple", file_types=list(EXTENSIONS), label="Pictures", elem_id="img2img_batch_upload",
        height=240))


def _build_folders(form: Form) -> None:
    form.add("input_dir", gr.Textbox(
        label="Input folder", elem_id="img2img_batch_input_dir", max_lines=1,
        placeholder="A folder on the computer that the program runs on"))
    form.add("output_dir", gr.Textbox(
        label="Output folder", elem_id="img2img_batch_output_dir", max_lines=1,
        placeholder="Empty: where pictures are saved otherwise"))
    form.add("mask_dir", gr.Textbox(
        label="Folder of masks", elem_id="img2img_batch_inpaint_mask_dir", max_lines=1,
        placeholder="Empty: no masks. One mask for all, or one for each picture, with its name"))
