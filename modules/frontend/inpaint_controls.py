"""How the masked part of a picture is made new."""

from __future__ import annotations

import gradio as gr

from modules.frontend.controls import input_accordion
from modules.frontend.form import Form
from modules.frontend.img2img_request import AREAS, MASK_MODES, MASKED_CONTENT
from modules.generation.request import SoftInpainting

_DEFAULTS = SoftInpainting()
_SOFT = (
    ("mask_blend_power", "Schedule bias", 0, 8, 0.1,
     "How early the original is kept: below 1 towards the end of sampling, above 1 towards its beginning"),
    ("mask_blend_scale", "Preservation strength", 0, 8, 0.05, "How much of the original partly masked places keep"),
    ("inpaint_detail_preservation", "Transition contrast boost", 1, 32, 0.5,
     "How much contrast is kept where original and new mix"),
    ("composite_mask_influence", "Mask influence", 0, 1, 0.05,
     "How much the mask, and not only the change, decides what is laid over"),
    ("composite_difference_threshold", "Difference threshold", 0, 8, 0.25,
     "How much a place must change before the original gives way"),
    ("composite_difference_contrast", "Difference contrast", 0, 8, 0.25, "How sharply it does"),
)


def build_inpaint_controls(form: Form) -> None:
    """Add the controls of the mask and of what is made in it."""
    with gr.Row():
        form.add("mask_blur", gr.Slider(
            0, 64, 4, step=1, label="Mask blur", elem_id="img2img_mask_blur", min_width=150))
        form.add("mask_alpha", gr.Slider(
            0, 100, 0, step=1, label="Mask transparency", elem_id="img2img_mask_alpha",
            elem_classes=["sketch-only"], min_width=150))
    with gr.Row():
        form.add("mask_mode", gr.Radio(
            list(MASK_MODES), value=MASK_MODES[0], label="Mask mode", elem_id="img2img_mask_mode", min_width=200))
        form.add("inpainting_fill", gr.Radio(
            list(MASKED_CONTENT), value="original", label="Masked content", elem_id="img2img_inpainting_fill",
            min_width=200))
    with gr.Row():
        form.add("inpaint_full_res", gr.Radio(
            list(AREAS), value=AREAS[0], label="Inpaint area", elem_id="img2img_inpaint_full_res", min_width=200))
        form.add("inpaint_full_res_padding", gr.Slider(
            0, 256, 32, step=4, label="Only masked padding, pixels",
            elem_id="img2img_inpaint_full_res_padding", min_width=200))


def build_soft_inpainting(form: Form) -> None:
    """Add the accordion of soft inpainting."""
    with input_accordion("Soft inpainting", "soft_inpainting_enabled") as enabled:
        form.add("soft_inpainting_enabled", enabled)
        for name, label, low, high, step, info in _SOFT:
            form.add(name, gr.Slider(low, high, getattr(_DEFAULTS, name), step=step, label=label, info=info,
                                     elem_id=name))
