from __future__ import annotations

import json
import re
from collections import Counter

import pytest

from modules.frontend.tooltips import TOOLTIPS
from modules.settings.values import OPTIONS

_BOTH = [
    "toprow", "prompt", "neg_prompt", "prompt_container", "actions_column", "tools", "generate_box", "generate",
    "interrupt", "skip", "clear_prompt", "style_apply", "styles", "settings", "sampling", "scheduler", "steps",
    "enable", "enable-checkbox", "checkpoint", "checkpoint_refresh", "switch_at", "accordions", "width", "height",
    "res_switch_btn", "column_size", "column_batch", "dimensions_row", "batch_count", "batch_size", "cfg_scale",
    "denoising_strength", "seed", "seed_row", "random_seed", "reuse_seed", "subseed_show", "seed_extras", "subseed",
    "subseed_row", "random_subseed", "reuse_subseed", "subseed_strength", "seed_resize_from_row",
    "seed_resize_from_w", "seed_resize_from_h", "override_settings", "override_settings_row", "results",
    "results_panel", "tiling", "extra_tabs",
]
A1111_IDS = [
    *(f"{tab}_{suffix}" for tab in ("txt2img", "img2img") for suffix in _BOTH), "paste",
    "sampler_selection_txt2img", "txt2img_hr", "txt2img_hr-checkbox", "txt2img_hr_upscaler", "txt2img_hires_steps",
    "txt2img_hr_scale", "txt2img_hr_resize_x", "txt2img_hr_resize_y", "hr_checkpoint", "hr_checkpoint_refresh",
    "hr_sampler", "hr_scheduler", "hires_prompt", "hires_neg_prompt", "txtimg_hr_finalres", "txt2img_hires_fix_row1",
    "txt2img_hires_fix_row4",
    "mode_img2img", "img2img_img2img_tab", "img2img_img2img_sketch_tab", "img2img_inpaint_tab",
    "img2img_inpaint_sketch_tab", "img2img_inpaint_upload_tab", "img2img_batch_tab", "img2img_image", "img2img_sketch",
    "img2maskimg", "inpaint_sketch", "img_inpaint_base", "img_inpaint_mask", "img2img_copy_to_sketch",
    "img2img_batch_upload", "img2img_batch_input_dir", "img2img_batch_output_dir", "img2img_batch_inpaint_mask_dir",
    "img2img_batch_use_png_info", "img2img_batch_png_info_dir", "resize_mode", "img2img_mask_blur",
    "img2img_mask_alpha", "img2img_mask_mode", "img2img_inpainting_fill", "img2img_inpaint_full_res",
    "img2img_inpaint_full_res_padding", "inpaint_controls", "img2img_detect_image_size_btn", "img2img_scale",
    "img2img_scale_resolution_preview", "soft_inpainting_enabled", "mask_blend_power", "mask_blend_scale",
    "inpaint_detail_preservation", "composite_mask_influence", "composite_difference_threshold",
    "composite_difference_contrast",
    "pnginfo_image", "pnginfo_generation_info", "txt2img_tab", "img2img_tab", "inpaint_tab", "extras_tab",
    *(f"modelmerger_{suffix}" for suffix in (
        "primary_model_name", "secondary_model_name", "tertiary_model_name", "custom_name", "interp_amount",
        "interp_method", "interp_description", "checkpoint_format", "save_as_half", "config_method", "bake_in_vae",
        "refresh_bake_in_vae", "discard_weights", "save_metadata", "add_recipe", "copy_metadata", "merge",
        "results_container", "results_panel")),
    "refresh_checkpoint_A", "refresh_checkpoint_B", "refresh_checkpoint_C", "tab_modelmerger",
    "setting_sd_model_checkpoint", "refresh_sd_model_checkpoint", "quicksettings", "tabs", "tab_txt2img", "tab_img2img",
    "tab_extras", "tab_pnginfo", "tab_settings", "settings_submit", "footer",
]
A1111_SAYS_TWICE = {
    "script_list", *(f"xyz_grid_fill_{axis}_tool_button" for axis in "xyz"),
    *(f"{axes}_grid_swap_axes_button" for axes in ("xy", "yz", "xz"))}
"""Ids that both tabs have, because scripts of extensions look for them on both."""
IN_MARKUP = [
    "txt2img_gallery", "image_buttons_txt2img", "save_txt2img", "save_zip_txt2img", "txt2img_send_to_img2img",
    "txt2img_send_to_inpaint", "txt2img_send_to_extras", "txt2img_upscale", "html_info_txt2img", "html_log_txt2img",
    "img2img_gallery", "image_buttons_img2img", "img2img_send_to_inpaint", "img2img_send_to_extras",
    "tab_img2img-button", "img2img_inpaint_tab-button", "modelmerger_result",
]
"""Ids of what our own scripts draw: they stand in markup, not in Gradio's configuration."""


@pytest.fixture(scope="module")
def config(client):
    return client.get("/config").json()


@pytest.fixture(scope="module")
def by_id(config):
    return {component["props"]["elem_id"]: component for component in config["components"]
            if component["props"].get("elem_id")}


def test_a1111_users_and_plugins_find_the_ids_they_know(by_id):
    assert [name for name in A1111_IDS if name not in by_id] == []


def test_ids_are_unique(config):
    ids = [component["props"]["elem_id"] for component in config["components"] if component["props"].get("elem_id")]
    ids += re.findall(r'\bid="([^"]+)"', markup_of(config))
    assert {name for name, count in Counter(ids).items() if count > 1} <= A1111_SAYS_TWICE


def test_what_our_scripts_draw_has_a1111s_ids_too(config):
    written = set(re.findall(r'\bid="([^"]+)"', markup_of(config)))
    assert [name for name in IN_MARKUP if name not in written] == []


@pytest.mark.parametrize(("name", "low", "high", "step", "value"), [
    ("txt2img_steps", 1, 150, 1, 20), ("txt2img_hires_steps", 0, 150, 1, 0), ("txt2img_hr_scale", 1, 4, 0.05, 2),
    ("txt2img_denoising_strength", 0, 1, 0.01, 0.7), ("txt2img_hr_resize_x", 0, 2048, 8, 0),
    ("txt2img_switch_at", 0.01, 1, 0.01, 0.8), ("img2img_denoising_strength", 0, 1, 0.01, 0.75),
    ("img2img_cfg_scale", 1, 30, 0.5, 7), ("img2img_scale", 0.05, 4, 0.05, 1), ("img2img_mask_blur", 0, 64, 1, 4),
    ("img2img_mask_alpha", 0, 100, 1, 0), ("img2img_inpaint_full_res_padding", 0, 256, 4, 32),
    ("outpaint_denoising_strength", 0, 1, 0.01, 0.8),
])
def test_sliders_reach_as_far_as_a1111s(by_id, name, low, high, step, value):
    props = by_id[name]["props"]
    assert (props["minimum"], props["maximum"], props["step"], props["value"]) == (low, high, step, value)


def test_every_setting_has_a_control(by_id):
    assert [key for key in OPTIONS if f"setting_{key}" not in by_id] == []


def test_tooltips_belong_to_controls(by_id):
    assert [name for name in TOOLTIPS if name not in by_id] == []


def test_the_page_starts_at_the_models_size(by_id):
    assert by_id["txt2img_width"]["props"]["value"] == by_id["txt2img_height"]["props"]["value"] == 512


def test_no_connection_is_held_open(config):
    assert config["connect_heartbeat"] is False
    assert "state" not in {component["type"] for component in config["components"]}


def test_the_page_is_light(config, by_id):
    """Applying all settings at once is the only event that may take long."""
    rare = [by_id["settings_submit"]["id"], "click"]
    widths = [len(event["inputs"]) for event in config["dependencies"] if rare not in event["targets"]]
    assert max(widths) < 150
    assert len(config["components"]) < 1100


def test_events_are_private(config):
    assert {event.get("api_visibility") for event in config["dependencies"]} == {"private"}


def test_an_upload_cannot_name_a_file_of_the_server(client, config):
    stolen = {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}
    for number, event in enumerate(config["dependencies"]):
        if event["backend_fn"]:
            answer = client.post("/gradio_api/run/predict", json={
                "fn_index": number, "data": [stolen] * len(event["inputs"]), "session_hash": "x"})
            assert "root:" not in answer.text


def test_what_the_scripts_are_told_cannot_close_the_script_tag(client):
    page = client.get("/").text
    head = json.loads(re.search(r'window\.gradio_config = (\{.*?\});</script>', page)[1])["head"]
    facts = re.search(r"window\.webui = (\{.*?\});</script>", head)[1]
    assert "<" not in facts and json.loads(facts)["tooltips"] == TOOLTIPS


def markup_of(config):
    values = [component["props"].get("value") for component in config["components"] if component["type"] == "html"]
    return "".join(value for value in values if isinstance(value, str))
