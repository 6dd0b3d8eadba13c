from __future__ import annotations

import pytest

from modules.frontend.form import Form
from modules.frontend.paste import SENT, control_values, override_settings, read_updates
from modules.jobs.generation_service import ReadInfotext

PLAIN = """a castle, (hill:1.2)
Negative prompt: blurry
Steps: 25, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 5.5, Seed: 42, Size: 512x768, Model: x, \
Variation seed: 7, Variation seed strength: 0.3, Clip skip: 2, ENSD: 31337, Version: v1.10.1"""
SHORT = "a castle\nSteps: 20, Sampler: Euler, Schedule type: Automatic, CFG scale: 7, Seed: 1, Size: 512x512, {}"
UNSAID = {
    "hr_resize_x": 0, "hr_resize_y": 0, "hr_checkpoint_name": "Use same checkpoint", "hr_prompt": "",
    "hr_negative_prompt": "", "hr_sampler_name": "Use same sampler", "hr_scheduler": "Use same scheduler",
    "mask_mode": "Inpaint masked", "inpainting_fill": "original", "inpaint_full_res": "Whole picture",
    "inpaint_full_res_padding": 32, "enable_hr": False, "enable_refiner": False, "tiling": False,
    "restore_faces": False,
}
"""What an infotext says by leaving it out, as in A1111."""


def values_of(service, infotext):
    return control_values(service.read_infotext(infotext))


def test_what_was_written_is_read_back(service):
    values = values_of(service, PLAIN)
    assert set(values.pop("override_settings")) == {"Clip skip: 2", "ENSD: 31337"}
    assert values == UNSAID | {
        "prompt": "a castle, (hill:1.2)", "negative_prompt": "blurry", "steps": 25, "cfg_scale": 5.5, "width": 512,
        "height": 768, "seed": 42, "subseed": 7, "subseed_strength": 0.3, "sampler_name": "DPM++ 2M",
        "scheduler": "Automatic", "extra_seed": True}


@pytest.mark.parametrize(("written", "expected"), [
    ("Denoising strength: 0.6, Hires upscale: 1.5, Hires steps: 9, Hires upscaler: Lanczos",
     {"enable_hr": True, "hr_scale": 1.5, "hr_second_pass_steps": 9, "hr_upscaler": "Lanczos",
      "denoising_strength": 0.6}),
    ("Denoising strength: 0.6, Hires resize: 1024x0, Hires upscaler: Latent",
     {"enable_hr": True, "hr_resize_x": 1024, "hr_resize_y": 0}),
    ("Denoising strength: 0.6, Hires upscale: 2, Hires sampler: Euler a, Hires schedule type: Karras",
     {"hr_sampler_name": "Euler a", "hr_scheduler": "Karras"}),
    ("Denoising strength: 0.6, Hires upscale: 2, Hires sampler: Euler",
     {"hr_sampler_name": "Use same sampler", "hr_scheduler": "Use same scheduler"}),
    ('Denoising strength: 0.6, Hires upscale: 2, Hires prompt: "a, b", Hires checkpoint: x [12]',
     {"hr_prompt": "a, b", "hr_checkpoint_name": "x [12]"}),
    ("Denoising strength: 0.75, Mask blur: 8, Mask mode: Inpaint not masked, Inpaint area: Only masked, "
     "Masked area padding: 16, Masked content: latent noise",
     {"enable_hr": False, "mask_blur": 8, "mask_mode": "Inpaint not masked", "inpaint_full_res": "Only masked",
      "inpaint_full_res_padding": 16, "inpainting_fill": "latent noise", "denoising_strength": 0.75}),
    ("Refiner: other [0123456789], Refiner switch at: 0.6",
     {"enable_refiner": True, "refiner_checkpoint": "other [0123456789]", "refiner_switch_at": 0.6}),
    ("Tiling: True, Face restoration: CodeFormer", {"tiling": True, "restore_faces": True, "override_settings": []}),
    ("Soft inpainting enabled: True, Soft inpainting schedule bias: 2, Soft inpainting mask influence: 0.5",
     {"soft_inpainting_enabled": True, "mask_blend_power": 2.0, "composite_mask_influence": 0.5}),
    ("Seed resize from: 512x640", {"extra_seed": True, "seed_resize_from_w": 512, "seed_resize_from_h": 640}),
])
def test_every_part_of_a_form_can_be_pasted(service, written, expected):
    values = values_of(service, SHORT.format(written))
    assert {name: values[name] for name in expected} == expected


def test_a_prompt_alone_changes_only_the_prompts(service):
    assert values_of(service, "just words") == {"prompt": "just words", "negative_prompt": ""}


def test_nonsense_is_left_out():
    fields = {"Prompt": "x", "Steps": "many", "Size-1": "9" * 5000, "Seed": None, "CFG scale": "nan"}
    values = control_values(ReadInfotext(fields, "Euler", "Automatic"))
    assert not {"steps", "width", "seed", "cfg_scale", "sampler_name"} & values.keys()


def test_pasted_overrides_are_understood_by_their_infotext_names():
    assert override_settings(["Clip skip: 2", "ENSD: 31337", "Eta:0.5", "nonsense", "No such: 1"]) == {
        "CLIP_stop_at_last_layers": "2", "eta_noise_seed_delta": "31337", "eta_ancestral": "0.5"}


@pytest.fixture
def form(behind_page):
    """A form with a slider and menus that accept only so much."""
    import gradio as gr

    form = Form("txt2img", behind_page)
    with gr.Blocks():
        form.add("prompt", gr.Textbox())
        form.add("width", gr.Slider(64, 2048, 512, step=8))
        form.add("steps", gr.Slider(1, 150, 20, step=1))
        form.add("seed", gr.Number(-1))
        form.add("inpainting_fill", gr.Radio(["fill", "original"]))
        form.add("refiner_checkpoint", gr.Dropdown([], allow_custom_value=True))
    return form


def given(form, updates):
    return {name: update["value"] for name, update in zip(form.controls, updates) if "value" in update}


def test_values_are_brought_into_what_a_control_accepts(form):
    infotext = SHORT.format("Masked content: nobody knows").replace("512x512", "9000x512")
    updates = given(form, read_updates(form, infotext))
    assert updates["width"] == 2048 and updates["steps"] == 20 and "inpainting_fill" not in updates


def test_a_checkpoint_gets_the_title_it_has_here(form, behind_page):
    title = behind_page.checkpoint_titles()[0]
    written = f"Refiner: {title.split('.')[0]}, Refiner switch at: 0.5"
    assert given(form, read_updates(form, SHORT.format(written)))["refiner_checkpoint"] == title


def test_few_controls_follow_a_picture(form):
    assert given(form, read_updates(form, SHORT.format("RNG: CPU"), wanted=(*SENT, "seed"))) == {
        "prompt": "a castle", "steps": 20, "seed": 1}
