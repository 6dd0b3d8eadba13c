"""Files of the same name in several folders, all of them reachable."""

from __future__ import annotations

from pathlib import Path

import pytest

from modules.catalog.catalog import Catalog, ModelFolders
from modules.catalog.network_entry import NetworkEntry, NetworkKind
from modules.catalog.network_names import NetworkNames
from modules.catalog.trees import CHECKPOINTS, EMBEDDINGS, LORAS, VAES, folders_in
from modules.weights.hash_cache import HashCache


def place(path: Path, content: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def scan(tmp_path: Path, *folders: Path, vaes: tuple[Path, ...] = ()) -> Catalog:
    catalog = Catalog(ModelFolders(folders, vaes), HashCache(tmp_path / "hashes.json"))
    catalog.refresh()
    return catalog


def test_checkpoints_of_one_name_do_not_hide_one_another(tmp_path: Path):
    own, forge, comfy = (tmp_path / "own" / "Stable-diffusion", tmp_path / "forge" / "Stable-diffusion",
                         tmp_path / "comfy" / "checkpoints")
    for folder in (own, forge, comfy):
        place(folder / "anime" / "mix.safetensors", str(folder).encode())
    catalog = scan(tmp_path, own, forge, comfy)
    assert [entry.name for entry in catalog.checkpoints] == [
        "anime/mix.safetensors", "Stable-diffusion/anime/mix.safetensors", "checkpoints/anime/mix.safetensors"]
    for entry in catalog.checkpoints:
        hashed = catalog.with_hash(entry)
        for name in (hashed.name, hashed.title, hashed.short_hash, hashed.sha256, hashed.model_name):
            assert catalog.require(name).path == entry.path
    assert catalog.require("mix").path == own / "anime" / "mix.safetensors"


def test_a_third_of_a_name_says_more_of_where_it_lies(tmp_path: Path):
    folders = [tmp_path / name / "models" for name in ("a", "b", "c")]
    for folder in folders:
        place(folder / "m.ckpt")
    names = [entry.name for entry in scan(tmp_path, *folders).checkpoints]
    assert names == ["m.ckpt", "models/m.ckpt", "c/models/m.ckpt"]


@pytest.mark.parametrize("again", ["models", "models/inner", "link", "."])
def test_a_folder_given_twice_is_listed_once(tmp_path: Path, again: str):
    place(tmp_path / "models" / "inner" / "m.ckpt")
    (tmp_path / "link").symlink_to(tmp_path / "models")
    catalog = scan(tmp_path, tmp_path / "models", tmp_path / again)
    assert [entry.name for entry in catalog.checkpoints] == ["inner/m.ckpt"]


def test_vaes_of_one_name_do_not_hide_one_another(tmp_path: Path):
    places = tmp_path / "VAE", tmp_path / "other" / "vae"
    for folder in places:
        place(folder / "mse.pt")
    assert scan(tmp_path, vaes=places).vaes == {"mse.pt": places[0] / "mse.pt", "vae/mse.pt": places[1] / "mse.pt"}


def test_networks_of_one_name_are_told_apart_by_their_folders(tmp_path: Path):
    paths = [tmp_path / folder / "ink.safetensors" for folder in ("old/Lora", "Lora", "styles")]
    entries = [NetworkEntry(NetworkKind.LORA, "ink", path, path.name, alias="ink") for path in paths]
    names = NetworkNames(entries)
    assert [names.prompt_name(entry) for entry in entries[1:]] == [f"{tmp_path.name}/Lora/ink", "ink"]
    assert names.prompt_name(entries[0]) == "Lora/ink"
    assert all(names.find(names.prompt_name(entry)) is entry for entry in entries)
    assert len({names.prompt_name(entry) for entry in entries}) == 3 and names.find("ink") is entries[-1]


@pytest.mark.parametrize("start", ["", "models"])
def test_trees_of_other_programs_are_known(tmp_path: Path, start: str):
    for name in ("models/Stable-diffusion", "models/VAE", "models/Lora", "models/LyCORIS", "embeddings",
                 "models/checkpoints", "models/loras", "models/Upscaler", "models/embeddings"):
        (tmp_path / name).mkdir(parents=True)
    models, tree = tmp_path / "models", tmp_path / start
    assert folders_in(tree, CHECKPOINTS) == (models / "Stable-diffusion", models / "checkpoints")
    assert folders_in(tree, VAES) == (models / "VAE",)
    assert folders_in(tree, LORAS) == (models / "Lora", models / "LyCORIS", models / "loras")
    outer = (tmp_path / "embeddings",) if not start else ()
    assert folders_in(tree, EMBEDDINGS) == (*outer, models / "embeddings")
    assert folders_in(tmp_path / "gone", VAES) == ()
