"""Where the flags let models be looked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from modules.application.program import build_program
from modules.foundation.errors import ConfigurationError
from modules.settings.flags import parse_launch_flags


def place(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(path.name.encode())
    return path


def start(tmp_path: Path, *flags: str):
    return build_program(parse_launch_flags(["--data-dir", str(tmp_path / "data"), *flags]))


def test_flags_may_be_repeated_and_trees_of_other_programs_used_in_place(tmp_path: Path):
    forge, comfy, own = tmp_path / "forge", tmp_path / "ComfyUI", tmp_path / "data" / "models"
    for path in (own / "Stable-diffusion" / "mix.safetensors", tmp_path / "one" / "a.ckpt", tmp_path / "two" / "b.ckpt",
                 forge / "models" / "Stable-diffusion" / "mix.safetensors", forge / "embeddings" / "bad.pt",
                 forge / "models" / "VAE" / "mse.pt", forge / "models" / "ESRGAN" / "4x.pth",
                 comfy / "models" / "checkpoints" / "xl.safetensors", comfy / "models" / "loras" / "ink.safetensors",
                 comfy / "models" / "hypernetworks" / "style.pt", comfy / "models" / "upscale_models" / "2x.pth",
                 tmp_path / "more loras" / "line.safetensors", tmp_path / "swin" / "s.pth"):
        place(path)
    bench = start(tmp_path, "--ckpt-dir", str(tmp_path / "one"), "--ckpt-dir", str(tmp_path / "two"),
                  "--models-from", str(forge), "--models-from", str(comfy / "models"),
                  "--lora-dir", str(tmp_path / "gone"), "--lora-dir", str(tmp_path / "more loras"),
                  "--swinir-models-path", str(tmp_path / "swin")).bench
    bench.networks.refresh()
    assert [entry.name for entry in bench.catalog.checkpoints] == [
        "mix.safetensors", "a.ckpt", "b.ckpt", "Stable-diffusion/mix.safetensors", "xl.safetensors"]
    assert set(bench.catalog.vaes) == {"mse.pt"}
    assert {entry.name for entry in bench.networks.loras} == {"ink", "line"}
    assert [entry.name for entry in bench.networks.hypernetworks] == ["style"]
    assert [entry.name for entry in bench.networks.embeddings] == ["bad"]
    assert {"4x", "2x", "s"} <= set(bench.upscalers.names)
    assert not (forge / "models" / "Lora").exists()


@pytest.mark.parametrize("flag", ["--ckpt-dir", "--vae-dir", "--models-from"])
def test_a_folder_that_is_not_there_is_named(tmp_path: Path, flag: str):
    with pytest.raises(ConfigurationError, match=f"{flag} .*gone is not a folder"):
        start(tmp_path, flag, str(tmp_path), flag, str(tmp_path / "gone"))


def test_a_tree_without_models_is_a_mistake(tmp_path: Path):
    (tmp_path / "pictures").mkdir()
    with pytest.raises(ConfigurationError, match="holds no folder of models"):
        start(tmp_path, "--models-from", str(tmp_path / "pictures"))


def test_without_hashing_no_hash_is_computed(tmp_path: Path):
    place(tmp_path / "one" / "a.ckpt")
    catalog = start(tmp_path, "--ckpt-dir", str(tmp_path / "one"), "--no-hashing").bench.catalog
    entry = catalog.with_hash(catalog.require("a"))
    assert entry.sha256 is None and catalog.short_hash(entry.path) is None
