"""The settings file beside a checkpoint is data, whatever it asks for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from modules.families.sidecar import Sidecar, TextSettings, read_sidecar
from modules.foundation.errors import ModelFileError


def write(folder: Path, content: str) -> Path:
    (folder / "model.yaml").write_text(content, encoding="utf-8")
    return folder / "model.safetensors"


def test_no_file(tmp_path: Path):
    assert read_sidecar(tmp_path / "model.safetensors") == Sidecar()


def test_the_tiny_models(tiny_models: Path):
    folder = tiny_models / "Stable-diffusion"
    sd1 = read_sidecar(folder / "tiny-sd1.safetensors")
    assert (sd1.unet_heads, sd1.text, sd1.parameterization, sd1.latent_scale) == (
        8, (TextSettings(4, "quick_gelu"),), "eps", 0.18215)
    sd2 = read_sidecar(folder / "tiny-sd2-v.safetensors")
    assert (sd2.unet_head_width, sd2.parameterization) == (16, "v")
    assert sd2.text_settings(0).heads == 4
    xl = read_sidecar(folder / "tiny-sdxl.safetensors")
    assert (xl.parameterization, xl.latent_scale) == ("eps", 0.13025)
    assert [xl.text_settings(index).heads for index in range(3)] == [4, 4, None]


def write_folder(folder: Path, **files: object) -> Path:
    for part, content in files.items():
        (folder / part).mkdir(parents=True, exist_ok=True)
        name = "scheduler_config.json" if part == "scheduler" else "config.json"
        (folder / part / name).write_text(content if isinstance(content, str) else json.dumps(content))
    return folder


def test_a_folder_says_the_same_in_its_json_files(tmp_path: Path):
    folder = write_folder(
        tmp_path, unet={"attention_head_dim": [5, 10, 20], "block_out_channels": [320, 640, 1280], "sample_size": 128},
        vae={"scaling_factor": 0.13025}, text_encoder={"num_attention_heads": 12, "hidden_act": "quick_gelu"},
        text_encoder_2={"num_attention_heads": 20, "hidden_act": "gelu"},
        scheduler={"prediction_type": "v_prediction", "beta_start": 0.001, "beta_end": 0.01,
                   "rescale_betas_zero_snr": True})
    assert read_sidecar(folder) == Sidecar(
        unet_head_width=64, text=(TextSettings(12, "quick_gelu"), TextSettings(20, "gelu")),
        parameterization="v_prediction", schedule_start=0.001, schedule_end=0.01, latent_scale=0.13025,
        zero_terminal_snr=True, native_cells=128)
    for heads in (8, [8, 8]):
        assert read_sidecar(write_folder(tmp_path, unet={"attention_head_dim": heads})).unet_heads == 8


@pytest.mark.parametrize("content", [
    "", "[]", "{", "3", "{\"attention_head_dim\": [0, 1], \"block_out_channels\": [4, 4]}",
    "{\"attention_head_dim\": [\"a\"], \"block_out_channels\": [4]}", "{\"prediction_type\": {}}",
    "{\"attention_head_dim\": [5, 7], \"block_out_channels\": [320, 640]}"])
def test_what_makes_no_sense_in_a_folder_says_nothing(content: str, tmp_path: Path):
    folder = write_folder(tmp_path, unet=content, scheduler=content, vae=content, text_encoder=content)
    found = read_sidecar(folder)
    assert (found.unet_heads, found.unet_head_width, found.parameterization, found.latent_scale) == (None,) * 4


@pytest.mark.parametrize(("written", "zero"), [("true", True), ("false", False), ("1", False), ("'yes'", False)])
def test_the_yaml_can_say_zero_terminal_snr(written: str, zero: bool, tmp_path: Path):
    path = write(tmp_path, f"model: {{params: {{ztsnr: {written}}}}}")
    assert read_sidecar(path).zero_terminal_snr is zero


def test_v_prediction_in_the_layout_of_sdxl(tmp_path: Path):
    scaling = {"scaling_config": {"target": "sgm.modules.diffusionmodules.denoiser_scaling.VScaling"}}
    content = json.dumps({"model": {"params": {"denoiser_config": {"params": scaling}}}})
    assert read_sidecar(write(tmp_path, content)).parameterization == "v"


@pytest.mark.parametrize("content", [
    "", "[]", "just text", "model: 3", "model: {params: [1]}",
    "model: {params: {unet_config: {params: {num_heads: many}}}}",
    "model: {params: {unet_config: {params: {num_heads: -8, num_head_channels: true}}, scale_factor: .inf}}",
    "model: {params: {cond_stage_config: {params: {version: ../../etc}}}}",
])
def test_what_makes_no_sense_says_nothing(content: str, tmp_path: Path):
    found = read_sidecar(write(tmp_path, content))
    assert (found.unet_heads, found.unet_head_width, found.latent_scale) == (None, None, None)


@pytest.mark.parametrize("content", ["model: [", "!!python/object/apply:os.system ['true']", "a: *b",
                                     "model: {target: !!python/name:os.system , params: {}}"])
def test_what_is_no_plain_yaml_is_refused(content: str, tmp_path: Path):
    with pytest.raises(ModelFileError, match=r"model\.yaml, the settings file"):
        read_sidecar(write(tmp_path, content))


def test_targets_are_never_looked_at(tmp_path: Path):
    content = "model: {target: subprocess.Popen, params: {args: [touch, /tmp/never], linear_start: 0.001}}"
    assert read_sidecar(write(tmp_path, content)).schedule_start == 0.001
    assert not Path("/tmp/never").exists()


def test_a_configuration_outside_the_folder_is_not_read(tmp_path: Path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "config.json").write_text('{"num_attention_heads": 3}')
    inside = tmp_path / "models"
    inside.mkdir()
    content = json.dumps({"model": {"params": {"cond_stage_config": {"params": {"version": "../outside"}}}}})
    assert read_sidecar(write(inside, content)).text_settings(0).heads is None


def test_an_activation_nobody_knows_is_ignored(tmp_path: Path):
    (tmp_path / "clip").mkdir()
    (tmp_path / "clip" / "config.json").write_text('{"num_attention_heads": 4, "hidden_act": "os.system"}')
    content = json.dumps({"model": {"params": {"cond_stage_config": {"params": {"version": "clip"}}}}})
    assert read_sidecar(write(tmp_path, content)).text_settings(0) == TextSettings(4, None)


def test_a_huge_file_is_refused(tmp_path: Path):
    with pytest.raises(ModelFileError, match="larger than any"):
        read_sidecar(write(tmp_path, "#" * (2 << 20)))
