"""Where models come from, and where they go."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from modules.application.model_supply import build_model_orders
from modules.extras.sources import FolderRules
from modules.frontend.model_routes import KIND_TITLES
from modules.hubs.access import HUGGING_FACE
from modules.settings.flags import parse_launch_flags


@pytest.fixture
def build(tmp_path, monkeypatch):
    for name in ("HF_ENDPOINT", "HF_TOKEN", "CIVITAI_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("modules.application.model_supply.list_offers", lambda extras, models: ())

    def build(*arguments, alone=True):
        flags = parse_launch_flags(["--data-dir", str(tmp_path), *arguments])
        return build_model_orders(SimpleNamespace(
            flags=flags, extras=SimpleNamespace(folders=FolderRules(tmp_path, anywhere=alone))))

    return build


def test_every_kind_has_its_folder(build, tmp_path):
    models = tmp_path / "models"
    assert build().folders == {
        "checkpoint": models / "Stable-diffusion", "vae": models / "VAE", "lora": models / "Lora",
        "embedding": tmp_path / "embeddings", "hypernetwork": models / "hypernetworks", "upscaler": models / "ESRGAN"}
    assert set(build().folders) == set(KIND_TITLES)


def test_flags_name_other_folders(build, tmp_path):
    orders = build("--ckpt-dir", str(tmp_path / "c"), "--vae-dir", str(tmp_path / "v"), "--models-dir",
                   str(tmp_path / "m"))
    assert [orders.folders[kind] for kind in ("checkpoint", "vae", "upscaler")] == [
        tmp_path / "c", tmp_path / "v", tmp_path / "m" / "ESRGAN"]
    assert orders.desk.views()[0].offer.files[0].target.parent == tmp_path / "c"


def test_the_environment_names_mirror_and_keys(build, monkeypatch):
    assert (build().access.hub, build().access.tokens) == (HUGGING_FACE, {})
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.example/")
    monkeypatch.setenv("HF_TOKEN", "one")
    monkeypatch.setenv("CIVITAI_TOKEN", "two")
    access = build().access
    assert (access.hub, access.tokens) == ("https://mirror.example", {"huggingface.co": "one", "civitai.com": "two"})


def test_only_hubs_are_asked_while_others_can_reach_the_server(build):
    assert not build().access.only_hubs and build(alone=False).access.only_hubs
