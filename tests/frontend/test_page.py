from __future__ import annotations

import json
import re

import pytest

from modules.frontend.tooltips import TOOLTIPS
from modules.settings.values import OPTIONS

A1111_IDS = [
    "txt2img_prompt", "txt2img_neg_prompt", "txt2img_generate", "txt2img_interrupt", "txt2img_skip",
    "txt2img_sampling", "txt2img_scheduler", "txt2img_steps", "txt2img_width", "txt2img_height",
    "txt2img_res_switch_btn", "txt2img_batch_count", "txt2img_batch_size", "txt2img_cfg_scale", "txt2img_seed",
    "txt2img_random_seed", "txt2img_reuse_seed", "txt2img_subseed_show", "txt2img_subseed",
    "txt2img_subseed_strength", "txt2img_seed_resize_from_w", "txt2img_override_settings", "txt2img_styles", "paste",
    "txt2img_clear_prompt", "txt2img_style_apply", "setting_sd_model_checkpoint", "refresh_sd_model_checkpoint",
    "quicksettings", "tabs", "tab_txt2img", "tab_settings", "settings_submit", "footer",
]


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
    assert len(ids) == len(set(ids))


def test_every_setting_has_a_control(by_id):
    assert [key for key in OPTIONS if f"setting_{key}" not in by_id] == []


def test_tooltips_belong_to_controls(by_id):
    assert [name for name in TOOLTIPS if name not in by_id] == []


def test_the_page_starts_at_the_models_size(by_id):
    assert by_id["txt2img_width"]["props"]["value"] == by_id["txt2img_height"]["props"]["value"] == 512


def test_no_connection_is_held_open_and_no_event_is_too_wide(config):
    assert not config.get("connect_heartbeat")
    assert max(len(event["inputs"]) for event in config["dependencies"]) < 100


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
