"""Scanning folders as people have them, and finding what they mean."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import pytest

from modules.catalog.catalog import Catalog, ModelFolders
from modules.foundation.errors import NotFoundError
from modules.weights.hash_cache import HashCache


def place(path: Path, content: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    for name in ("b10.safetensors", "b2.ckpt", "anime/mix.safetensors", "own.vae.pt", "b2.vae.safetensors", "notes.txt",
                 ".hidden.safetensors", "half.safetensors.part", "UPPER.SAFETENSORS"):
        place(folder / "Stable-diffusion" / name, name.encode())
    place(folder / "VAE" / "mse.safetensors")
    place(folder / "VAE" / "deep" / "old.pt")
    place(folder / "VAE" / "own.vae.pt")
    return folder


@pytest.fixture
def catalog(models: Path, tmp_path: Path) -> Catalog:
    folders = ModelFolders((models / "Stable-diffusion",), (models / "VAE",))
    catalog = Catalog(folders, HashCache(tmp_path / "hashes.json"))
    catalog.refresh()
    return catalog


def names(catalog: Catalog) -> list[str]:
    return [entry.name for entry in catalog.checkpoints]


def test_checkpoints_in_natural_order_without_vaes_and_fragments(catalog: Catalog):
    assert names(catalog) == ["anime/mix.safetensors", "b2.ckpt", "b10.safetensors", "UPPER.SAFETENSORS"]


def test_vaes_come_from_their_folder_first_and_from_beside_the_checkpoints(catalog: Catalog, models: Path):
    assert list(catalog.vaes) == ["old.pt", "mse.safetensors", "own.vae.pt", "b2.vae.safetensors",
                                  "Stable-diffusion/own.vae.pt"]
    assert catalog.vaes["own.vae.pt"] == models / "VAE" / "own.vae.pt"


def test_nothing_is_there_before_the_first_look(models: Path, tmp_path: Path):
    assert list(Catalog(ModelFolders((models,)), HashCache(tmp_path / "h")).checkpoints) == []


def test_a_missing_folder_is_an_empty_one(tmp_path: Path):
    catalog = Catalog(ModelFolders((tmp_path / "gone",), (tmp_path / "gone too",)), HashCache(tmp_path / "h"))
    catalog.refresh()
    assert list(catalog.checkpoints) == [] and catalog.vaes == {}


def test_a_refresh_sees_what_changed(catalog: Catalog, models: Path):
    (models / "Stable-diffusion" / "b2.ckpt").unlink()
    place(models / "Stable-diffusion" / "new.safetensors")
    catalog.refresh()
    assert names(catalog) == ["anime/mix.safetensors", "b10.safetensors", "new.safetensors", "UPPER.SAFETENSORS"]


def test_hashes_are_computed_once_and_come_along(catalog: Catalog):
    entry = catalog.require("b2")
    assert entry.sha256 is None and entry.title == "b2.ckpt"
    digest = hashlib.sha256(b"b2.ckpt").hexdigest()
    assert catalog.with_hash(entry).sha256 == digest
    assert catalog.require("b2").title == f"b2.ckpt [{digest[:10]}]"
    catalog.refresh()
    assert catalog.require(digest).name == "b2.ckpt"


def test_hashing_in_the_background_stops_when_told(catalog: Catalog):
    answers = iter([False, True])
    catalog.hash_all(stop=lambda: next(answers))
    assert [entry.sha256 is None for entry in catalog.checkpoints] == [False, True, True, True]


def test_hashing_in_the_background_passes_over_what_is_gone(catalog: Catalog, models: Path):
    (models / "Stable-diffusion" / "b2.ckpt").unlink()
    catalog.hash_all(stop=lambda: False)
    assert [entry.sha256 is None for entry in catalog.checkpoints] == [False, True, False, False]


def test_an_unknown_name_is_an_error_with_a_remedy(catalog: Catalog):
    assert catalog.find("nothing like it") is None
    with pytest.raises(NotFoundError, match="no checkpoint called 'nothing like it'") as caught:
        catalog.require("nothing like it")
    assert caught.value.remedy


def test_hostile_corners_are_passed_over(models: Path, catalog: Catalog, tmp_path: Path):
    folder = models / "Stable-diffusion"
    os.mkfifo(folder / "pipe.safetensors")
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "dangling.safetensors").symlink_to(tmp_path / "gone")
    (folder / "folder.safetensors").mkdir()
    place(tmp_path / "elsewhere" / "linked.safetensors")
    (folder / "link").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    before = names(catalog)
    catalog.refresh()
    assert sorted(names(catalog)) == sorted([*before, "link/linked.safetensors"])


def test_two_thousand_files_are_listed_quickly(tmp_path: Path):
    folder = tmp_path / "many"
    for index in range(2000):
        place(folder / f"f{index % 20}" / f"model-{index}.safetensors")
    catalog = Catalog(ModelFolders((folder,)), HashCache(tmp_path / "h"))
    start = time.perf_counter()
    catalog.refresh()
    assert time.perf_counter() - start < 3
    assert len(catalog.checkpoints) == 2000


def test_a_folder_of_diffusers_is_one_checkpoint(catalog: Catalog, models: Path):
    folder = models / "Stable-diffusion" / "anime" / "sd-v1.5"
    place(folder / "model_index.json", b"{}")
    unet = place(folder / "unet" / "diffusion_pytorch_model.safetensors", b"unet")
    place(folder / "vae" / "diffusion_pytorch_model.safetensors")
    place(folder / "v1-5-pruned.safetensors")
    catalog.refresh()
    assert names(catalog)[:3] == ["anime/mix.safetensors", "anime/sd-v1.5", "anime/sd-v1.5/v1-5-pruned.safetensors"]
    entry = catalog.require("sd-v1.5")
    assert (entry.stem, entry.model_name, entry.path) == ("sd-v1.5", "anime_sd-v1.5", folder)
    hashed = catalog.with_hash(entry)
    assert hashed.sha256 == hashlib.sha256(b"unet").hexdigest()
    assert catalog.find(hashed.title) == hashed
    unet.unlink()
    catalog.refresh()
    assert catalog.with_hash(catalog.require("anime/sd-v1.5")).sha256 == hashlib.sha256(b"{}").hexdigest()
