"""The top of a form: prompts, styles, and the buttons beside them."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from modules.frontend.controls import tool_button
from modules.frontend.form import Form

FIRST_TAB = "txt2img"


@dataclass(frozen=True)
class TopRow:
    """The buttons that the tab wires."""

    generate: gr.Button
    paste: gr.Button
    apply_styles: gr.Button


def build_top_row(form: Form) -> TopRow:
    """Build the row and wire what concerns only the prompts."""
    with gr.Row(elem_id=form.id("toprow"), elem_classes=["toprow"]):
        with gr.Column(elem_id=form.id("prompt_container"), scale=6):
            _build_prompts(form)
        with gr.Column(elem_id=form.id("actions_column"), scale=1, min_width=260):
            buttons = _build_actions(form)
    _wire_styles(buttons.apply_styles, form)
    return buttons


def _build_prompts(form: Form) -> None:
    form.add("prompt", gr.Textbox(
        label="Prompt", show_label=False, lines=3, elem_id=form.id("prompt"), elem_classes=["prompt"],
        placeholder="Prompt (Ctrl+Enter to generate, Alt+Enter to skip, Esc to interrupt)"))
    form.add("negative_prompt", gr.Textbox(
        label="Negative prompt", show_label=False, lines=3, elem_id=form.id("neg_prompt"),
        elem_classes=["prompt", "negative"], placeholder="Negative prompt"))


def _build_actions(form: Form) -> TopRow:
    with gr.Row(elem_id=form.id("generate_box"), elem_classes=["generate-box"]):
        generate = gr.Button("Generate", variant="primary", elem_id=form.id("generate"), elem_classes=["generate"])
        gr.Button("Interrupt", elem_id=form.id("interrupt"), elem_classes=["while-running"])
        gr.Button("Skip", elem_id=form.id("skip"), elem_classes=["while-running"])
    with gr.Row(elem_id=form.id("tools"), elem_classes=["tools"]):
        paste = tool_button("↙️", "paste" if form.tab == FIRST_TAB else form.id("paste"))
        tool_button("🗑️", form.id("clear_prompt"))
        apply_styles = tool_button("📋", form.id("style_apply"))
    form.add("styles", gr.Dropdown(
        form.services.generation.style_names(), value=[], multiselect=True, label="Styles",
        elem_id=form.id("styles")))
    return TopRow(generate, paste, apply_styles)


def _wire_styles(apply_styles: gr.Button, form: Form) -> None:
    def write_styles(prompt: str, negative: str, styles: list[str]) -> tuple[str, str, list[str]]:
        return (*form.services.generation.apply_styles(prompt, negative, styles), [])

    prompts = [form.controls["prompt"], form.controls["negative_prompt"], form.controls["styles"]]
    apply_styles.click(write_styles, prompts, prompts, api_visibility="private", queue=False)
