"""What lies beside a model file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from modules.catalog.notes import read_preferred_vae


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
