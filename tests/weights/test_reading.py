"""Whatever lies in a models folder is either read or explained."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from modules.foundation.errors import ModelFileError
from modules.weights.reading import read_header, read_metadata, read_object, read_weights

TENSORS = {"a.weight": torch.arange(6, dtype=torch.float16).reshape(2, 3), "b": torch.tensor(3.0)}


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.safetensors"
    save_file(TENSORS, path, metadata={"format": "pt", "modelspec.resolution": "128x128"})
    return path


def craft(path: Path, header: object, payload: bytes = b"") -> Path:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + payload)
    return path


def test_tensors_and_metadata_come_back(model: Path):
    state = read_weights(model)
    assert all(torch.equal(state.tensors[name], tensor) for name, tensor in TENSORS.items())
    assert state.shapes == {"a.weight": (2, 3), "b": ()}
    assert state.metadata["modelspec.resolution"] == read_metadata(model)["modelspec.resolution"] == "128x128"
    assert read_header(model).shapes == state.shapes
    assert set(read_object(model)) == set(TENSORS)


def test_the_content_decides_not_the_name(tmp_path: Path):
    path = tmp_path / "really-a-pickle.safetensors"
    torch.save(TENSORS, path)
    assert read_weights(path).shapes == {"a.weight": (2, 3), "b": ()}
    assert read_metadata(path) == {}


@pytest.mark.parametrize(("content", "words"), [
    (b"", "is empty"),
    (b"\0" * 4096, "nothing but zeros"),
    (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 4\n", "Git LFS pointer"),
    (b"<!DOCTYPE html><html>Log in</html>", "is a web page"),
    (b"\r\n  <html><body>404</body></html>", "is a web page"),
    (b'{"error":"Access to model is restricted"}', "JSON"),
    (b"<?xml version='1.0'?><Error/>", "XML"),
    (b"\x89PNG\r\n\x1a\n" + b"0" * 50, "picture"),
    (b"GGUF" + b"0" * 50, "GGUF"),
    (b"7z\xbc\xaf\x27\x1c" + b"0" * 50, "archive"),
    (b"just some words in a file", "neither a safetensors file nor a PyTorch file"),
])
def test_impostors_are_named(content: bytes, words: str, tmp_path: Path):
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=words) as caught:
        read_weights(path)
    assert "model.safetensors" in caught.value.message
    assert caught.value.remedy


def test_a_cut_off_file_says_how_much_is_there(model: Path):
    whole = model.read_bytes()
    for length in (len(whole) - 1, len(whole) - 8, 100, 12):
        model.write_bytes(whole[:length])
        with pytest.raises(ModelFileError, match=rf"cut off: {length} of (at least )?\d+ bytes"):
            read_weights(model)


ENTRY = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}


@pytest.mark.parametrize("header", [
    b"{not json",
    b"{}" + b"[" * 100_000,
    b'{"a":' * 60_000,
    {"a": {**ENTRY, "shape": [-1]}},
    {"a": {**ENTRY, "shape": [1.5]}},
    {"a": {**ENTRY, "shape": [True]}},
    {"a": {**ENTRY, "shape": [1 << 60]}},
    {"a": {**ENTRY, "shape": [1 << 60] * 100_000}},
    {"a": {**ENTRY, "dtype": "X7"}},
    {"a": {**ENTRY, "data_offsets": [0]}},
    {"a": {**ENTRY, "data_offsets": [4, 0]}},
    {"a": "text"},
    {"a": ENTRY, "b": ENTRY},
    {"__metadata__": [1], "a": ENTRY},
    {"__metadata__": {"a": 1}, "a": ENTRY},
    b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
    {str(index): {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for index in range(50_001)},
])
def test_hostile_headers_are_refused(header: object, tmp_path: Path):
    with pytest.raises(ModelFileError, match=r"x\.safetensors"):
        read_weights(craft(tmp_path / "x.safetensors", header, b"\0" * 4))


def test_a_header_of_impossible_length_is_refused_without_reading_it(tmp_path: Path):
    path = tmp_path / "x.safetensors"
    path.write_bytes((1 << 40).to_bytes(8, "little") + b"{" + b" " * 100)
    with pytest.raises(ModelFileError, match="claims a header"):
        read_weights(path)


def test_damaged_files_only_ever_raise_model_file_errors(model: Path):
    whole, choices = model.read_bytes(), random.Random(1)
    for _ in range(500):
        data = bytearray(whole)
        for _ in range(choices.randint(1, 5)):
            data[choices.randrange(len(data))] = choices.randrange(256)
        model.write_bytes(data)
        for read in (read_header, read_weights):
            try:
                read(model)
            except ModelFileError as error:
                assert model.name in str(error)


def test_places_that_are_no_files(tmp_path: Path):
    pipe = tmp_path / "pipe.safetensors"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path, tmp_path / "missing.ckpt"):
        with pytest.raises(ModelFileError, match="not a file"):
            read_weights(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_explained(model: Path):
    model.chmod(0)
    with pytest.raises(ModelFileError, match="could not be read"):
        read_weights(model)


def test_a_pickle_without_tensors_is_explained(tmp_path: Path):
    path = tmp_path / "settings.pt"
    torch.save({"lr": 0.1}, path)
    with pytest.raises(ModelFileError, match="holds no table of weights"):
        read_weights(path)
