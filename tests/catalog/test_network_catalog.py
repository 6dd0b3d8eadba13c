"""LoRA files, hypernetworks and embeddings as people keep them."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import time
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from modules.catalog.catalog import Catalog, ModelFolders
from modules.catalog.network_catalog import NetworkCatalog, NetworkFolders
from modules.catalog.network_entry import NetworkEntry
from modules.weights.hash_cache import HashCache

Texts = dict[str, str]


def place(path: Path, content: bytes = b"PK\x03\x04model") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def safetensors(texts: Texts | None = None, shapes: dict[str, list[int]] | None = None) -> bytes:
    table: dict = {"__metadata__": texts} if texts else {}
    end = 0
    for name, shape in (shapes or {"lora_unet_x.lora_down.weight": [2, 2]}).items():
        count = 1
        for side in shape:
            count *= side
        table[name] = {"dtype": "F16", "shape": shape, "data_offsets": [end, end + 2 * count]}
        end += 2 * count
    header = json.dumps(table).encode()
    return len(header).to_bytes(8, "little") + header + bytes(end)


def settle(folder: Path) -> None:
    """Make all folders look as if nothing had happened for a while."""
    before = time.time() - 60
    for path in (folder, *folder.rglob("*")):
        if path.is_dir():
            os.utime(path, (before, before))


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    for name in ("Lora", "LyCORIS", "hypernetworks", "embeddings"):
        (folder / name).mkdir(parents=True)
    return folder


@pytest.fixture
def catalog(models: Path, tmp_path: Path) -> NetworkCatalog:
    folders = NetworkFolders((models / "Lora", models / "LyCORIS"), (models / "hypernetworks",),
                             (models / "embeddings",))
    return NetworkCatalog(folders, HashCache(tmp_path / "hashes.json"), tmp_path / "cache" / "networks.json")


def only(entries) -> NetworkEntry:
    [entry] = entries
    return entry


def lora(catalog: NetworkCatalog, models: Path, texts: Texts | None, name: str = "style") -> NetworkEntry:
    place(models / "Lora" / f"{name}.safetensors", safetensors(texts))
    catalog.refresh()
    return only(catalog.loras)


def test_files_of_each_kind_in_natural_order_folder_by_folder(catalog, models):
    for name in ("Lora/b10.safetensors", "Lora/b2.pt", "Lora/sub/deep/a.ckpt", "LyCORIS/aa.safetensors",
                 "Lora/notes.txt", "Lora/x.bin", "Lora/.hidden.pt", "Lora/.dots/in.pt", "hypernetworks/h.pt",
                 "hypernetworks/None.pt", "hypernetworks/i.safetensors", "hypernetworks/j.ckpt", "embeddings/e.bin",
                 "embeddings/f.pt"):
        place(models / name)
    place(models / "Lora" / "empty.pt", b"")
    catalog.refresh()
    assert [entry.relative for entry in catalog.loras] == [
        ".dots/in.pt", "b2.pt", "b10.safetensors", "sub/deep/a.ckpt", "aa.safetensors"]
    assert [entry.name for entry in catalog.hypernetworks] == ["h", "i"]
    assert [entry.name for entry in catalog.embeddings] == ["e", "f"]
    assert [entry.hidden for entry in catalog.loras] == [True, False, False, False, False]
    assert catalog.loras[3].folder == "sub/deep" and catalog.loras[1].folder == ""


def test_links_are_followed_once(catalog, models, tmp_path):
    place(tmp_path / "elsewhere" / "linked.pt")
    for link in ("Lora/one", "Lora/two", "LyCORIS/three"):
        (models / link).symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (models / "Lora" / "loop").symlink_to(models / "Lora", target_is_directory=True)
    (models / "Lora" / "gone.pt").symlink_to(tmp_path / "nowhere")
    catalog.refresh()
    assert [entry.relative for entry in catalog.loras] == ["one/linked.pt"]


@pytest.mark.parametrize(("texts", "version"), [
    (None, ""), ({"any": "text"}, "SD1"), ({"ss_base_model_version": "sd_v1"}, "SD1"),
    ({"ss_base_model_version": "sdxl_base_v1-0"}, "SDXL"), ({"ss_v2": "True"}, "SD2"), ({"ss_v2": "False"}, "SD1"),
    ({"modelspec.architecture": "stable-diffusion-xl-v1-base/lora"}, "SDXL"),
    ({"modelspec.architecture": "stable-diffusion-v2-768-v"}, "SD2"),
])
def test_versions_of_loras(catalog, models, texts, version):
    assert lora(catalog, models, texts).version == version


@pytest.mark.parametrize(("shapes", "version"), [
    ({"emb_params": [4, 768]}, "SD1"), ({"emb_params": [4, 1024]}, "SD2"), ({"x": [768]}, "SD1"),
    ({"clip_l": [2, 768], "clip_g": [2, 1280]}, "SDXL"), ({"a": [2, 768], "b": [2, 64]}, ""), ({"x": [5]}, "")])
def test_versions_of_embeddings(catalog, models, shapes, version):
    place(models / "embeddings" / "e.safetensors", safetensors(shapes=shapes))
    catalog.refresh()
    assert only(catalog.embeddings).version == version


def test_notes_overrule_the_files_version(catalog, models):
    (models / "Lora" / "style.json").write_text('{"sd version": "SD2", "activation text": "sks"}')
    entry = lora(catalog, models, {"ss_base_model_version": "sd_v1"})
    assert entry.version == "SD2" and entry.notes.activation_text == "sks"
    (models / "Lora" / "style.json").write_text('{"sd version": "Unknown"}')
    catalog.refresh()
    assert only(catalog.loras).version == "SD1"


def test_names_and_aliases(catalog, models):
    for name, alias in (("file-a", "Style"), ("file-b", "Other"), ("file-c", "Other"), ("file-d", "file-a"),
                        ("file-e", "none"), ("file-f", "ADDAMS")):
        place(models / "Lora" / f"{name}.safetensors", safetensors({"ss_output_name": alias}))
    catalog.refresh()
    by_name = {entry.name: entry for entry in catalog.loras}
    found = {name: getattr(catalog.find_lora(name), "name", None) for name in (
        "Style", "style", "file-b", "Other", "other", "file-a", "none", "None", "ADDAMS", "file-e", "gone")}
    assert found == {"Style": "file-a", "style": None, "file-b": "file-b", "Other": None, "other": None,
                     "file-a": "file-a", "none": None, "None": None, "ADDAMS": None, "file-e": "file-e", "gone": None}
    assert [catalog.prompt_name(by_name[f"file-{letter}"]) for letter in "abdef"] == [
        "Style", "file-b", "file-d", "file-e", "file-f"]
    assert catalog.prompt_name(by_name["file-a"], prefer_alias=False) == "file-a"


def test_of_two_files_with_one_name_the_last_counts(catalog, models):
    for name in ("Lora/x.pt", "LyCORIS/x.pt", "hypernetworks/a/h.pt", "hypernetworks/b/h.pt"):
        place(models / name)
    catalog.refresh()
    assert catalog.find_lora("x").path == models / "LyCORIS" / "x.pt"
    assert catalog.find_hypernetwork("h").path == models / "hypernetworks" / "b" / "h.pt"
    assert catalog.find_hypernetwork("nothing") is None


@pytest.mark.parametrize(("content", "words"), [
    (b"<!DOCTYPE html><html>", "web page"), (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
    (b"\0" * 600, "zeros"), (b"x", "not a safetensors"), (b"\xff" * 20, "not a safetensors"),
    (safetensors({"a": "b"})[:-1], "cut off"), (safetensors({"a": "b"})[:30], "cut off"),
    ((14).to_bytes(8, "little") + b'{"__metadata__', "damaged"),
    ((500_000).to_bytes(8, "little") + b'{"__metadata__": ' + b"[" * 499_983, "damaged"),
    ((500_000).to_bytes(8, "little") + b'{"__metadata__": {"a":' + b"[" * 499_978, "damaged"),
])
def test_a_broken_file_is_listed_with_what_is_wrong(catalog, models, content, words):
    place(models / "Lora" / "broken.safetensors", content)
    place(models / "Lora" / "fine.safetensors", safetensors({"a": "b"}))
    catalog.refresh()
    broken, fine = catalog.loras
    assert words in broken.problem
    assert broken.read_metadata() == {} and fine.problem == ""


def test_texts_are_found_wherever_they_stand(catalog, models):
    tensors = {f"tensor.{number}": {"dtype": "F16", "shape": [1], "data_offsets": [0, 2]} for number in range(3000)}
    for name, table in (("first", {"__metadata__": {"ss_output_name": "A"}, **tensors}),
                        ("last", {**tensors, "__metadata__": {"ss_output_name": "B"}}),
                        ("long", {"__metadata__": {"ss_output_name": "C", "x": "y" * 200_000}, **tensors}),
                        ("quoted", {"__metadata__": {"x": '"__metadata__":{"ss_output_name":"no"}',
                                                     "ss_output_name": "D"}})):
        header = json.dumps(table).encode()
        place(models / "Lora" / f"{name}.safetensors", len(header).to_bytes(8, "little") + header + b"\0\0")
    catalog.refresh()
    assert {entry.name: entry.alias for entry in catalog.loras} == {
        "first": "A", "last": "B", "long": "C", "quoted": "D"}
    assert len(catalog.find_lora("C").read_metadata()["x"]) == 200_000


@pytest.mark.parametrize(("names", "chosen"), [
    (["style.png"], "style.png"), (["style.jpg", "style.preview.webp"], "style.preview.webp"),
    (["style.preview.png", "style.preview.jpg", "style.png"], "style.preview.png"), (["style.PNG"], "style.PNG"),
    (["other.png", "style2.png", "style.svg"], None), (["style.gif"], "style.gif"),
])
def test_previews(catalog, models, names, chosen):
    for name in names:
        place(models / "Lora" / name)
    preview = lora(catalog, models, None).preview
    assert (preview.name if preview else None) == chosen


def test_covers_inside_the_file_are_noticed(catalog, models):
    entry = lora(catalog, models, {"ssmd_cover_images": json.dumps([base64.b64encode(b"picture").decode()])})
    assert entry.has_cover and entry.preview is None


def test_descriptions(catalog, models):
    place(models / "Lora" / "style.description.txt", b"second choice")
    assert lora(catalog, models, None).description == "second choice"
    place(models / "Lora" / "style.txt", b" from the text\n")
    catalog.refresh()
    assert only(catalog.loras).description == "from the text"
    place(models / "Lora" / "style.json", b'{"description": "from the notes"}')
    catalog.refresh()
    assert only(catalog.loras).description == "from the notes"


def test_embeddings_in_pictures(catalog, models):
    stored = PngInfo()
    stored.add_text("Title", "a picture")
    stored.add_text("sd-ti-embedding", base64.b64encode(json.dumps({"name": "inside", "string_to_param": {}}).encode()
                                                        ).decode())
    place(models / "embeddings" / "x.png")
    Image.new("RGB", (8, 8)).save(models / "embeddings" / "x.png", pnginfo=stored)
    Image.new("RGB", (8, 8)).save(models / "embeddings" / "x.preview.png", pnginfo=stored)
    Image.new("RGB", (8, 8)).save(models / "embeddings" / "photo.png")
    Image.new("RGB", (8, 8)).save(models / "embeddings" / "shown.png", pnginfo=stored)
    place(models / "embeddings" / "shown.pt")
    place(models / "embeddings" / "broken.webp")
    catalog.refresh()
    assert {entry.name: entry.path.name for entry in catalog.embeddings} == {"inside": "x.png", "shown": "shown.pt"}


def test_who_can_read_pictures_is_asked_once_for_each(models, tmp_path):
    asked: list[str] = []

    def name_in(path: Path) -> str | None:
        asked.append(path.name)
        return {"a.webp": "found"}.get(path.name)

    place(models / "embeddings" / "a.webp")
    place(models / "embeddings" / "b.avif")
    catalog = NetworkCatalog(NetworkFolders(embeddings=(models / "embeddings",)), HashCache(tmp_path / "h"),
                             tmp_path / "i.json", name_in)
    catalog.refresh()
    catalog.refresh()
    assert asked == ["a.webp", "b.avif"] and only(catalog.embeddings).name == "found"


def test_hashes_are_computed_only_on_demand(catalog, models, tmp_path):
    content = safetensors({"a": "b"})
    entry = lora(catalog, models, {"a": "b"})
    place(models / "hypernetworks" / "h.pt", b"PK\x03\x04h")
    place(models / "embeddings" / "e.pt", b"PK\x03\x04e")
    catalog.refresh()
    assert not (tmp_path / "hashes.json").exists()
    assert catalog.short_hash(entry) == hashlib.sha256(content[-8:]).hexdigest()[:12]
    assert catalog.short_hash(only(catalog.hypernetworks)) == hashlib.sha256(b"PK\x03\x04h").hexdigest()[:10]
    assert catalog.short_hash(only(catalog.embeddings)) == hashlib.sha256(b"PK\x03\x04e").hexdigest()[:12]


def test_the_hash_a_training_program_stored_counts(catalog, models):
    assert catalog.short_hash(lora(catalog, models, {"sshs_model_hash": "0123456789abcdef"})) == "0123456789ab"


def test_a_look_at_unchanged_folders_costs_nothing(catalog, models, monkeypatch):
    place(models / "Lora" / "sub" / "a.pt")
    settle(models)
    catalog.refresh_if_changed()
    before = catalog.loras
    catalog.refresh_if_changed()
    assert catalog.loras is before
    place(models / "Lora" / "sub" / "b.pt")
    catalog.refresh_if_changed()
    assert [entry.name for entry in catalog.loras] == ["a", "b"]


def test_a_folder_that_just_changed_is_looked_at_again(catalog, models):
    place(models / "Lora" / "a.pt")
    catalog.refresh_if_changed()
    before = catalog.loras
    catalog.refresh_if_changed()
    assert catalog.loras is not before


def test_a_folder_made_later_is_noticed(tmp_path):
    catalog = NetworkCatalog(NetworkFolders((tmp_path / "later",)), HashCache(tmp_path / "h"), tmp_path / "i.json")
    catalog.refresh_if_changed()
    assert list(catalog.loras) == []
    place(tmp_path / "later" / "a.pt")
    catalog.refresh_if_changed()
    assert [entry.name for entry in catalog.loras] == ["a"]


@pytest.mark.parametrize("index", [None, b"", b"{", b"[]", b'{"format": 1, "files": {"a": 3}}',
                                   b'{"format": 1, "files": []}', b'{"format": 0, "files": {}}'])
def test_known_files_are_not_opened_again_and_a_broken_index_is_no_harm(catalog, models, tmp_path, index):
    path = models / "Lora" / "style.safetensors"
    assert lora(catalog, models, {"ss_output_name": "A"}).alias == "A"
    status = path.stat()
    path.write_bytes(path.read_bytes().replace(b'"A"', b'"B"'))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))  # so that only reading it again would tell
    if index is not None:
        (tmp_path / "cache" / "networks.json").write_bytes(index)
    again = NetworkCatalog(catalog.folders, HashCache(tmp_path / "h"), tmp_path / "cache" / "networks.json")
    again.refresh()
    assert only(again.loras).alias == ("A" if index is None else "B")


def test_a_changed_file_is_read_again(catalog, models):
    assert lora(catalog, models, {"ss_output_name": "A"}).alias == "A"
    assert lora(catalog, models, {"ss_output_name": "Longer"}).alias == "Longer"


def test_files_that_are_gone_are_forgotten(catalog, models, tmp_path):
    for name in ("a", "b"):
        place(models / "Lora" / f"{name}.safetensors", safetensors({"x": "y"}))
    catalog.refresh()
    (models / "Lora" / "a.safetensors").unlink()
    place(models / "Lora" / "c.safetensors", safetensors({"x": "y"}))
    catalog.refresh()
    files = json.loads((tmp_path / "cache" / "networks.json").read_text())["files"]
    assert sorted(Path(key.partition("|")[2]).stem for key in files) == ["b", "c"]


def test_checkpoints_are_described_as_cards(catalog, tiny_models, tmp_path):
    checkpoints = Catalog(ModelFolders((tiny_models / "Stable-diffusion",)), HashCache(tmp_path / "h"))
    checkpoints.refresh()
    described = {entry.name: entry for entry in catalog.describe_checkpoints(checkpoints.checkpoints)}
    assert described["tiny-sd1"].version == "SD1" and described["tiny-sdxl"].version == "SDXL"
    assert all(entry.kind.value == "checkpoints" for entry in described.values())


def test_a_lora_is_found_by_a_hash_that_is_known(catalog, models):
    place(models / "Lora" / "a.safetensors", safetensors())
    catalog.refresh()
    (entry,) = catalog.loras
    short_hash = "123456789abc"
    assert catalog.find_lora_by_hash(short_hash) is None
    assert catalog.find_lora_by_hash(catalog.short_hash(entry)) == entry
