from __future__ import annotations

import json

import pytest

from modules.api.sdapi.option_routes import foreign_defaults
from modules.settings.values import OPTIONS


def options(client):
    return client.get("/sdapi/v1/options").json()


def change(client, status=200, **values):
    answer = client.post("/sdapi/v1/options", json=values)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_every_option_of_a1111_is_there(client, fixtures):
    reference = set(foreign_defaults()) | set(OPTIONS)
    assert reference | {"sd_checkpoint_hash"} == set(options(client))


def test_a_change_is_shown_and_saved(client, desk):
    before = options(client)["send_seed"]
    assert change(client, send_seed=not before, eta_ddim=0.5) is None
    assert options(client)["send_seed"] is not before and options(client)["eta_ddim"] == 0.5
    saved = json.loads(desk.services.generation.settings.path.read_text(encoding="utf-8"))
    assert saved["send_seed"] is not before and saved["eta_ddim"] == 0.5
    change(client, send_seed=before, eta_ddim=0)
    assert options(client)["send_seed"] is before


def test_all_options_can_be_sent_back(client):
    before = options(client)
    change(client, **before)
    assert options(client) == before


@pytest.mark.parametrize("name", ["tiny-sd1-b", "tiny-sd1-b.safetensors"])
def test_the_checkpoint_is_chosen_by_any_of_its_names(client, name):
    change(client, sd_model_checkpoint=name)
    assert options(client)["sd_model_checkpoint"].startswith("tiny-sd1-b.safetensors")
    change(client, sd_model_checkpoint="tiny-sd1")


def test_a_checkpoint_that_is_not_there(client):
    before = options(client)
    assert "nope" in change(client, 404, sd_model_checkpoint="nope", eta_ddim=0.9)["detail"]
    assert options(client) == before, "nothing is changed when anything is wrong"


@pytest.mark.parametrize("values", [
    {"no_such_option": 1}, {"eta_ddim": "x"}, {"eta_ddim": 1e308}, {"samples_format": "exe"}, {"send_seed": "perhaps"},
    {"memmon_poll_rate": "x"}, {"outdir_samples": "/etc"}, {"outdir_save": "../outside"}, {"outdir_grids": "a\0b"}])
def test_wrong_values_are_refused_by_name(client, values):
    before = options(client)
    assert change(client, 422, **values)["detail"][0]["loc"] == ["body", *values]
    assert options(client) == before


def test_folders_inside_the_data_folder_may_be_chosen(client):
    change(client, outdir_samples="outputs/mine")
    assert options(client)["outdir_samples"] == "outputs/mine"
    change(client, outdir_samples="")


@pytest.mark.parametrize("key", ["api_enable_requests", "api_forbid_local_requests", "api_useragent"])
def test_what_only_the_page_may_change_is_passed_over(client, key):
    before = options(client)
    change(client, **{key: "x" if key == "api_useragent" else not before[key]})
    assert options(client) == before


def test_flags_are_told_without_passwords(client, fixtures):
    flags = client.get("/sdapi/v1/cmd-flags").json()
    reference = json.loads((fixtures / "settings" / "cmd-flags.json").read_text())
    assert set(reference) <= set(flags)
    assert flags["api"] is True and flags["gradio_auth"] is None and "users" not in flags
