"""Folders of diffusers are read part by part, and nothing outside them is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from modules.foundation.errors import ModelFileError
from modules.weights.model_folder import files_of_parts, is_model_folder, main_file
from modules.weights.reading import read_header, read_weights


def save(path: Path, **tensors: float) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    named = {name.replace("__", "."): torch.tensor([value]) for name, value in tensors.items()}
    if path.suffix == ".safetensors":
        save_file(named, path)
    else:
        torch.save(named, path)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    save(folder / "unet" / "diffusion_pytorch_model.safetensors", conv_in__weight=1.0)
    save(folder / "vae" / "diffusion_pytorch_model.bin", decoder__conv_in__weight=2.0)
    (folder / "model_index.json").write_text(json.dumps({"_class_name": "StableDiffusionPipeline"}))
    return folder


def test_parts_are_told_apart_by_their_names(folder: Path):
    state = read_weights(folder)
    assert {name: tensor.item() for name, tensor in state.tensors.items()} == {
        "unet.conv_in.weight": 1.0, "vae.decoder.conv_in.weight": 2.0}
    assert state.metadata == {"diffusers.pipeline": "StableDiffusionPipeline"}
    assert read_header(folder).shapes == state.shapes and read_header(folder).metadata == state.metadata
    assert main_file(folder) == folder / "unet" / "diffusion_pytorch_model.safetensors"


def test_the_best_files_of_a_part_are_taken(folder: Path):
    for name in ("diffusion_pytorch_model.bin", "diffusion_pytorch_model.fp16.safetensors",
                 "diffusion_pytorch_model.non_ema.safetensors", "diffusion_flax_model.msgpack",
                 "diffusion_pytorch_model-00001-of-00002.safetensors"):
        save(folder / "unet" / name.replace(".msgpack", ".bin.msgpack"), other=3.0)
    assert [path.name for path in files_of_parts(folder)["unet"]] == ["diffusion_pytorch_model.safetensors"]
    (folder / "unet" / "diffusion_pytorch_model.safetensors").unlink()
    save(folder / "unet" / "diffusion_pytorch_model-00002-of-00002.safetensors", second=4.0)
    assert {name: tensor.item() for name, tensor in read_weights(folder).tensors.items() if name[0] == "u"} == {
        "unet.other": 3.0, "unet.second": 4.0}


def test_names_in_index_files_are_never_followed(folder: Path, tmp_path: Path):
    save(tmp_path / "secret.safetensors", secret=9.0)
    (folder / "unet" / "diffusion_pytorch_model.safetensors.index.json").write_text(
        json.dumps({"weight_map": {"secret": "../../secret.safetensors"}}))
    assert not any("secret" in name for name in read_weights(folder).tensors)


@pytest.mark.parametrize("index", ["", "[]", "{", "3", '{"_class_name": 7}'])
def test_an_index_that_makes_no_sense_is_an_error_or_nothing(folder: Path, index: str):
    (folder / "model_index.json").write_text(index)
    try:
        assert read_header(folder).metadata == {}
    except ModelFileError as error:
        assert "model_index.json could not be read" in error.message


def test_other_folders_are_no_models(tmp_path: Path):
    assert not is_model_folder(tmp_path) and main_file(tmp_path) == tmp_path
    with pytest.raises(ModelFileError, match="is not a file"):
        read_weights(tmp_path)


def test_a_folder_without_unet_is_known_by_its_index(tmp_path: Path):
    (tmp_path / "model_index.json").write_text("{}")
    assert main_file(tmp_path) == tmp_path / "model_index.json"
    assert read_weights(tmp_path).shapes == {}
