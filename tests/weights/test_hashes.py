"""Hashes that pictures and people name models by."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from modules.foundation.errors import ModelFileError
from modules.weights.hash_cache import HashCache
from modules.weights.hashes import hash_file, hash_legacy, hash_network


@pytest.mark.parametrize(("content", "expected"), [
    (b"\0" * 0x110000, "de2f2560"), (b"\0" * 0x200000, "de2f2560"), (b"x" * 0xFFFFF, "e3b0c442"), (b"", "e3b0c442")])
def test_legacy_hash(content: bytes, expected: str, tmp_path: Path):
    path = tmp_path / "a.ckpt"
    path.write_bytes(content)
    assert hash_legacy(path) == expected


def test_legacy_hash_of_nothing(tmp_path: Path):
    assert hash_legacy(tmp_path / "gone.ckpt") == "NOFILE"


def test_full_hash(tmp_path: Path):
    path = tmp_path / "a"
    path.write_bytes(b"abc" * 1_000_000)
    assert hash_file(path) == hashlib.sha256(b"abc" * 1_000_000).hexdigest()
    with pytest.raises(ModelFileError):
        hash_file(tmp_path / "gone")


def test_the_network_hash_does_not_depend_on_the_header(tmp_path: Path):
    one, other = tmp_path / "one.safetensors", tmp_path / "other.safetensors"
    save_file({"w": torch.ones(3)}, one)
    save_file({"w": torch.ones(3)}, other, metadata={"ss_output_name": "renamed"})
    assert hash_network(one) == hash_network(other) != hash_file(one)
    assert hash_network(one) == hashlib.sha256(torch.ones(3).numpy().tobytes()).hexdigest()


def test_the_network_hash_that_a_file_states_wins(tmp_path: Path, tiny_models: Path):
    path = tmp_path / "a.safetensors"
    save_file({"w": torch.ones(3)}, path, metadata={"sshs_model_hash": "cafe"})
    assert hash_network(path) == "cafe"
    lora = tiny_models / "Lora" / "tiny-lora.safetensors"
    assert len(hash_network(lora)) == 64


def test_a_pickled_network_is_hashed_whole(tmp_path: Path):
    path = tmp_path / "a.pt"
    torch.save({"w": torch.ones(3)}, path)
    assert hash_network(path) == hash_file(path)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    calls: list[Path] = []

    def count(path: Path) -> str:
        calls.append(path)
        return hash_file(path)

    monkeypatch.setitem(HashCache.__init__.__globals__["_KINDS"], "sha256", count)
    return calls


def test_the_cache_computes_once_and_survives_a_restart(tmp_path: Path, counted: list[Path]):
    file, model = tmp_path / "cache" / "hashes.json", tmp_path / "model.ckpt"
    model.write_bytes(b"one")
    cache = HashCache(file)
    assert cache.known_sha256(model) is None
    first = cache.sha256(model)
    assert cache.sha256(model) == first == HashCache(file).sha256(model) == cache.known_sha256(model)
    assert counted == [model]


def test_the_cache_notices_a_changed_file(tmp_path: Path, counted: list[Path]):
    model = tmp_path / "model.ckpt"
    cache = HashCache(tmp_path / "hashes.json")
    model.write_bytes(b"one")
    first = cache.sha256(model)
    model.write_bytes(b"three")
    assert cache.known_sha256(model) is None
    assert cache.sha256(model) != first
    assert len(counted) == 2
    assert (tmp_path / "hashes.json").read_text().count("sha256|") == 1  # the old entry is gone


def test_kinds_of_hash_do_not_mix(tmp_path: Path):
    model = tmp_path / "a.safetensors"
    save_file({"w": torch.ones(3)}, model)
    cache = HashCache(tmp_path / "hashes.json")
    assert cache.sha256(model) == hash_file(model)
    assert cache.network(model) == hash_network(model)
    assert cache.sha256(model) == hash_file(model)


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'{"a": 1}', b"\xff\xfe"])
def test_a_broken_cache_file_is_started_anew(content: bytes, tmp_path: Path):
    file, model = tmp_path / "hashes.json", tmp_path / "m"
    file.write_bytes(content)
    model.write_bytes(b"one")
    assert HashCache(file).sha256(model) == hash_file(model)


def test_a_cache_that_cannot_be_written_still_answers(tmp_path: Path):
    model = tmp_path / "m"
    model.write_bytes(b"one")
    (tmp_path / "blocked").write_bytes(b"a file where a folder should be")
    assert HashCache(tmp_path / "blocked" / "hashes.json").sha256(model) == hash_file(model)


def test_a_missing_file_is_explained(tmp_path: Path):
    with pytest.raises(ModelFileError, match="not in"):
        HashCache(tmp_path / "hashes.json").sha256(tmp_path / "gone.ckpt")
