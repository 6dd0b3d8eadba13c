"""Hires fix: the accordion of the second pass."""

from __future__ import annotations

import gradio as gr

from modules.frontend.controls import input_accordion, keep_choices, tool_button
from modules.frontend.form import Form
from modules.frontend.sampling_controls import sampler_labels, scheduler_labels, wire_checkpoint_refresh
from modules.generation.hires_plan import DEFAULT_DENOISING, DEFAULT_UPSCALER, SAME_CHECKPOINT
from modules.sampling.registry import SAME_SAMPLER, SAME_SCHEDULER


def build_hires(form: Form) -> None:
    """Add the accordion; ``assets/sizes.js`` writes the size of the result into it."""
    with input_accordion("Hires. fix", form.id("hr"), note_id="txtimg_hr_finalres") as enabled:
        form.add("enable_hr", enabled)
        _build_first_rows(form)
        with gr.Accordion("Other checkpoint, sampler or prompt", open=False, elem_id=form.id("hr_more")):
            _build_choices(form)
            _build_prompts(form)


def _build_first_rows(form: Form) -> None:
    with gr.Row(elem_id=form.id("hires_fix_row1")):
        upscaler = form.add("hr_upscaler", gr.Dropdown(
            form.services.hires_upscalers(), value=DEFAULT_UPSCALER, allow_custom_value=True, label="Upscaler",
            elem_id=form.id("hr_upscaler"), min_width=160))
        form.add("hr_second_pass_steps", gr.Slider(
            0, 150, 0, step=1, label="Hires steps", elem_id=form.id("hires_steps"), min_width=160))
    keep_choices(upscaler, form.services.hires_upscalers)
    with gr.Row(elem_classes=["slider-pair"]):
        form.add("denoising_strength", gr.Slider(
            0, 1, DEFAULT_DENOISING, step=0.01, label="Denoising strength", elem_id=form.id("denoising_strength"),
            min_width=160))
        form.add("hr_scale", gr.Slider(
            1, 4, 2, step=0.05, label="Upscale by", elem_id=form.id("hr_scale"), min_width=160))
    with gr.Row(elem_id=form.id("hires_fix_row2")):
        form.add("hr_resize_x", gr.Slider(
            0, 2048, 0, step=8, label="Resize width to", elem_id=form.id("hr_resize_x"), min_width=160))
        form.add("hr_resize_y", gr.Slider(
            0, 2048, 0, step=8, label="Resize height to", elem_id=form.id("hr_resize_y"), min_width=160))


def _build_choices(form: Form) -> None:
    with gr.Row(elem_id=form.id("hires_fix_row3")):
        with gr.Row(elem_classes=["with-tool"]):
            checkpoint = form.add("hr_checkpoint_name", gr.Dropdown(
                [SAME_CHECKPOINT, *form.services.checkpoint_titles()], value=SAME_CHECKPOINT,
                allow_custom_value=True, label="Checkpoint", elem_id="hr_checkpoint"))
            refresh = tool_button("🔄", "hr_checkpoint_refresh")
        form.add("hr_sampler_name", gr.Dropdown(
            [SAME_SAMPLER, *sampler_labels(form.services)], value=SAME_SAMPLER, label="Hires sampling method",
            elem_id="hr_sampler", min_width=150))
        form.add("hr_scheduler", gr.Dropdown(
            [SAME_SCHEDULER, *scheduler_labels()], value=SAME_SCHEDULER, label="Hires schedule type",
            elem_id="hr_scheduler", min_width=150))
    wire_checkpoint_refresh(refresh, checkpoint, form.services, first=(SAME_CHECKPOINT,))


def _build_prompts(form: Form) -> None:
    with gr.Row(elem_id=form.id("hires_fix_row4")):
        form.add("hr_prompt", gr.Textbox(
            label="Hires prompt", lines=3, elem_id="hires_prompt", placeholder="Empty: the prompt above"))
        form.add("hr_negative_prompt", gr.Textbox(
            label="Hires negative prompt", lines=3, elem_id="hires_neg_prompt",
            placeholder="Empty: the negative prompt above"))
