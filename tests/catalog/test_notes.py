"""What lies beside a model file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from modules.catalog.notes import FILE_KEYS, ModelNotes, read_notes, read_preferred_vae, write_notes
from modules.foundation.errors import OutputError


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return tmp_path / "mix.v2.safetensors"


def test_notes_of_a1111(model: Path):
    content = {"description": "flat colours", "vae": "mse.safetensors", "notes": "steps 20", "sd version": "SD1"}
    (model.parent / "mix.v2.json").write_text(json.dumps(content))
    assert read_preferred_vae(model) == "mse.safetensors"


@pytest.mark.parametrize("content", [b"", b"{", b"[1, 2]", b'{"vae": 3}', b"{}", b"\xff\xfe", b"[" * 100_000])
def test_broken_notes_choose_nothing(content: bytes, model: Path):
    (model.parent / "mix.v2.json").write_bytes(content)
    assert read_preferred_vae(model) == ""


def test_no_notes(model: Path):
    assert read_preferred_vae(model) == ""


def test_notes_are_written_and_what_others_wrote_stays(model: Path):
    path = model.parent / "mix.v2.json"
    path.write_text('{"modelId": 7, "sd version": "SDXL", "notes": "old"}')
    notes = ModelNotes("ünïcode", "SD1", "sks <b>", 0.8, "blurry", "new", "")
    write_notes(model, notes.table(FILE_KEYS))
    assert read_notes(model) == notes
    assert json.loads(path.read_text(encoding="utf-8"))["modelId"] == 7
    write_notes(model, {"notes": ""})
    assert read_notes(model).notes == "" and read_notes(model).preferred_weight == 0.8


def test_the_first_notes_make_the_file(model: Path):
    write_notes(model, {"description": "flat"})
    assert json.loads((model.parent / "mix.v2.json").read_text()) == {"description": "flat"}


@pytest.mark.parametrize("content", [b"{", b"[1]", b"\xff"])
def test_notes_that_cannot_be_read_are_not_overwritten(content: bytes, model: Path):
    path = model.parent / "mix.v2.json"
    path.write_bytes(content)
    with pytest.raises(OutputError, match="would be lost"):
        write_notes(model, {"notes": "x"})
    assert path.read_bytes() == content


@pytest.mark.parametrize("weight", ['"1"', "true", "NaN", "1e9", "null", "[1]"])
def test_a_weight_that_is_no_number_is_none(weight: str, model: Path):
    (model.parent / "mix.v2.json").write_text(f'{{"preferred weight": {weight}, "description": 3}}')
    assert read_notes(model) == ModelNotes()
