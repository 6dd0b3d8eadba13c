"""What lies beside a model file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from modules.catalog.notes import ModelNotes, find_preview, read_notes


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return tmp_path / "mix.v2.safetensors"


def test_notes_of_a1111(model: Path):
    content = {"description": "flat colours", "vae": "mse.safetensors", "notes": "steps 20", "sd version": "SD1"}
    (model.parent / "mix.v2.json").write_text(json.dumps(content))
    assert read_notes(model) == ModelNotes("flat colours", "steps 20", "mse.safetensors", {"sd version": "SD1"})


@pytest.mark.parametrize("content", [b"", b"{", b"[1, 2]", b'{"vae": 3}', b"\xff\xfe", b"[" * 100_000])
def test_broken_notes_are_empty(content: bytes, model: Path):
    (model.parent / "mix.v2.json").write_bytes(content)
    notes = read_notes(model)
    assert (notes.description, notes.notes, notes.vae) == ("", "", "")


def test_no_notes(model: Path):
    assert read_notes(model) == ModelNotes()


def test_previews_in_order_of_preference(model: Path):
    assert find_preview(model) is None
    for name in ("mix.v2.webp", "mix.v2.jpg", "mix.v2.png", "mix.v2.preview.png"):
        (model.parent / name).write_bytes(b"x")
        assert find_preview(model) == model.parent / name
