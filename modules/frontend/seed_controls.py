"""The seed and what varies it."""

from __future__ import annotations

import gradio as gr

from modules.frontend.controls import tool_button
from modules.frontend.form import Form


def build_seed(form: Form) -> None:
    """Add the seed row and the extras that its checkbox shows."""
    with gr.Row(elem_id=form.id("seed_row"), elem_classes=["seed-row"]):
        form.add("seed", gr.Number(-1, precision=0, label="Seed", elem_id=form.id("seed"), min_width=120))
        tool_button("🎲", form.id("random_seed"))
        tool_button("♻️", form.id("reuse_seed"))
        form.add("extra_seed", gr.Checkbox(
            False, label="Extra", elem_id=form.id("subseed_show"), elem_classes=["shows-extras"], container=False,
            scale=0, min_width=80))
    with gr.Column(elem_id=form.id("seed_extras"), elem_classes=["seed-extras"]):
        _build_extras(form)


def _build_extras(form: Form) -> None:
    with gr.Row(elem_id=form.id("subseed_row"), elem_classes=["seed-row"]):
        form.add("subseed", gr.Number(
            -1, precision=0, label="Variation seed", elem_id=form.id("subseed"), min_width=120))
        tool_button("🎲", form.id("random_subseed"))
        tool_button("♻️", form.id("reuse_subseed"))
        form.add("subseed_strength", gr.Slider(
            0, 1, 0, step=0.01, label="Variation strength", elem_id=form.id("subseed_strength")))
    with gr.Row(elem_id=form.id("seed_resize_from_row")):
        form.add("seed_resize_from_w", gr.Slider(
            0, 2048, 0, step=8, label="Resize seed from width", elem_id=form.id("seed_resize_from_w")))
        form.add("seed_resize_from_h", gr.Slider(
            0, 2048, 0, step=8, label="Resize seed from height", elem_id=form.id("seed_resize_from_h")))
