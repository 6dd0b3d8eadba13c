"""The lists, against what A1111 answered."""

from __future__ import annotations

import json
import os

import pytest

from modules.api.sdapi.model_lists import checkpoint_item, hypernetwork_item, lora_item
from modules.catalog.entry import CheckpointEntry
from modules.catalog.network_entry import NetworkEntry, NetworkKind

ITEMS = {
    "samplers": {"name", "aliases", "options"},
    "schedulers": {"name", "label", "aliases", "default_rho", "need_inner_model"},
    "upscalers": {"name", "model_name", "model_path", "model_url", "scale"},
    "latent-upscale-modes": {"name"},
    "sd-models": {"title", "model_name", "hash", "sha256", "filename", "config"},
    "sd-vae": {"model_name", "filename"},
    "hypernetworks": {"name", "path"},
    "face-restorers": {"name", "cmd_dir"},
    "realesrgan-models": {"name", "path", "scale"},
    "prompt-styles": {"name", "prompt", "negative_prompt"},
    "loras": {"name", "alias", "path", "metadata"},
    "script-info": {"name", "is_alwayson", "is_img2img", "args"},
}


def ask(client, route):
    answer = client.get(f"/sdapi/v1/{route}")
    assert answer.status_code == 200
    return answer.json()


@pytest.mark.parametrize("route", ITEMS)
def test_items_have_a1111_s_keys(client, route):
    items = ask(client, route)
    assert items and all(set(item) == ITEMS[route] for item in items)


def test_samplers_and_schedules_are_a1111_s(client):
    samplers = {item["name"]: item for item in ask(client, "samplers")}
    assert next(iter(samplers)) == "DPM++ 2M" and len(samplers) == 20
    assert samplers["DPM++ SDE"] == {"name": "DPM++ SDE", "aliases": ["k_dpmpp_sde"], "options": {
        "scheduler": "karras", "second_order": "True", "brownian_noise": "True"}}
    assert ask(client, "schedulers")[2] == {"name": "karras", "label": "Karras", "aliases": None, "default_rho": 7.0,
                                            "need_inner_model": False}


def test_models(client):
    titles = [item["title"] for item in ask(client, "sd-models")]
    assert any(title.startswith("tiny-sd1.safetensors") for title in titles)
    assert ask(client, "sd-vae")[0]["model_name"] == "tiny-vae.safetensors"
    assert [item["name"] for item in ask(client, "upscalers")][:3] == ["None", "Lanczos", "Nearest"]
    assert "tiny-esrgan-2x" in [item["name"] for item in ask(client, "upscalers")]
    assert ask(client, "latent-upscale-modes")[0] == {"name": "Latent"}


def test_networks(client):
    loras = {item["name"]: item for item in ask(client, "loras")}
    assert loras["tiny-lora2"]["alias"] == "tinyalias"
    assert loras["tiny-dora"]["metadata"]["ss_tag_frequency"] == {"1_tiny": {"tiny": 3, "cat": 2}}
    embeddings = ask(client, "embeddings")
    assert set(embeddings) == {"loaded", "skipped"}
    assert {**embeddings["loaded"], **embeddings["skipped"]}["tiny-ti"]["vectors"] == 2


def test_scripts(client):
    scripts = ask(client, "scripts")
    assert {"refiner", "sampler", "seed"} <= set(scripts["txt2img"]) and "soft inpainting" in scripts["img2img"]
    soft = next(item for item in ask(client, "script-info") if item["name"] == "soft inpainting")
    assert [control["value"] for control in soft["args"]] == [False, 1, 0.5, 4, 0, 0.5, 2] and soft["is_img2img"]


def test_memory(client):
    memory = ask(client, "memory")
    assert memory["ram"]["total"] > memory["ram"]["free"] > 0 and memory["cuda"]


@pytest.mark.parametrize("route", ["refresh-checkpoints", "refresh-vae", "refresh-loras", "refresh-embeddings"])
def test_refreshing(client, route):
    answer = client.post(f"/sdapi/v1/{route}")
    assert (answer.status_code, answer.json()) == (200, None)


@pytest.mark.parametrize("route", ["create/embedding", "create/hypernetwork", "train/embedding", "train/hypernetwork"])
def test_training_says_that_it_is_not_there(client, route):
    answer = client.post(f"/sdapi/v1/{route}", json={})
    assert answer.status_code == 501 and "Training" in answer.json()["detail"]


@pytest.mark.parametrize("make", [lora_item, hypernetwork_item])
def test_file_names_that_are_no_text_can_be_sent(tmp_path, make):
    path = tmp_path / os.fsdecode(b"caf\xe9.pt")
    item = make(NetworkEntry(NetworkKind.LORA, path.stem, path, path.name))
    assert item.name == "caf\N{REPLACEMENT CHARACTER}" and json.loads(item.model_dump_json())["path"].endswith(".pt")
    assert json.loads(checkpoint_item(CheckpointEntry(path, path.name)).model_dump_json())["title"].startswith("caf")
