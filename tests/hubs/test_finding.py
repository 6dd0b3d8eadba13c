"""From an address to files: repositories, file addresses, Civitai, and everything that is none of them."""

from __future__ import annotations

import json

import pytest

from modules.foundation.errors import InvalidRequestError, NotFoundError
from modules.hubs.access import Access
from modules.hubs.finding import UNKNOWN_LICENCE, Place, find_at_address, read_address
from modules.hubs.guesses import guess_kind, is_whole_model, name_for
from modules.hubs.hugging_face import find_in_repository
from modules.hubs.well_known import WELL_KNOWN, offer_well_known
from tests.hubs.conftest import CONTENT, SHA256

HF = "https://huggingface.co"


@pytest.mark.parametrize(("text", "place"), [
    ("owner/name", Place("owner/name")), ("  some-one/v1.5_x ", Place("some-one/v1.5_x")),
    (f"{HF}/owner/name", Place("owner/name")), (f"{HF}/owner/name/", Place("owner/name")),
    (f"{HF}/owner/name/tree/fp16", Place("owner/name", "fp16")),
    (f"{HF}/owner/name/tree/main/sub/dir", Place("owner/name", "main", "sub/dir")),
    (f"{HF}/owner/name/blob/main/a%20b.safetensors", Place("owner/name", "main", "a b.safetensors")),
    (f"{HF}/owner/name/resolve/main/x.ckpt?download=true", Place("owner/name", "main", "x.ckpt")),
    ("https://example.com/x.safetensors", "https://example.com/x.safetensors"),
    ("https://civitai.com/api/download/models/12", "https://civitai.com/api/download/models/12")])
def test_addresses_are_read(text, place):
    assert read_address(text, Access()) == place


@pytest.mark.parametrize(("text", "words"), [
    (f"{HF}/datasets/a/b", "not a model's page"), (f"{HF}/owner", "not a model's page"),
    (f"{HF}/spaces/a", "not a model's page"), ("https://civitai.com/models/12/x", "a page of Civitai"),
    ("", "neither"), ("../../etc/passwd", "neither")])
def test_other_addresses_say_what_to_write(text, words):
    with pytest.raises(InvalidRequestError, match=words) as caught:
        read_address(text, Access())
    assert caught.value.remedy


def test_a_repository_tells_files_sizes_hashes_and_licence(hub):
    hub.put_repository("owner/some-lora", {
        "README.md": 10, "pytorch_lora_weights.safetensors": {"size": 99, "lfs": {"oid": SHA256, "size": 134_621_556}},
        "old/model v2.ckpt": 2_000_000_000, "unet/diffusion_pytorch_model.safetensors": 5, "tiny.pt": 30_000,
    }, {"cardData": {"license": "openrail++"}, "tags": ["license:mit"], "gated": "manual"})
    found = find_in_repository(Place("owner/some-lora"), hub.access)
    assert (found.title, found.page, found.gated) == ("owner/some-lora", f"{hub.address}/owner/some-lora", True)
    assert found.licence == "CreativeML Open RAIL++-M"
    lora, old, tiny = found.files
    assert (lora.name, lora.kind, lora.download.sha256) == ("some-lora.safetensors", "lora", SHA256)
    assert lora.download.size_bytes == 134_621_556
    assert lora.download.url == f"{hub.address}/owner/some-lora/resolve/main/pytorch_lora_weights.safetensors"
    assert old.name == "model v2.ckpt" and old.download.url.endswith("/old/model%20v2.ckpt")
    assert tiny.download.sha256 == "" and tiny.download.size_bytes == 30_000


@pytest.mark.parametrize(("path", "names"), [
    ("sub", ["a.safetensors", "b.safetensors"]), ("sub/a.safetensors", ["a.safetensors"]),
    ("vae/x.safetensors", ["x.safetensors"])])
def test_a_folder_or_file_is_found_alone(hub, path, names):
    hub.put_repository("o/n", {"sub/a.safetensors": 5, "sub/b.safetensors": 5, "subs.safetensors": 5,
                               "vae/x.safetensors": 5})
    assert [file.name for file in find_in_repository(Place("o/n", path=path), hub.access).files] == names


@pytest.mark.parametrize(("about", "licence"), [
    ({}, UNKNOWN_LICENCE), ({"tags": ["license:apache-2.0"]}, "Apache-2.0"),
    ({"cardData": {"license": "other", "license_name": "sai-nc-community"}}, "sai-nc-community"),
    ({"cardData": {"license": ["mit"]}, "tags": "license:mit"}, UNKNOWN_LICENCE), ([1], UNKNOWN_LICENCE)])
def test_licences(hub, about, licence):
    hub.put_repository("o/n", {"a.safetensors": 5}, about)
    assert find_in_repository(Place("o/n"), hub.access).licence == licence


def test_long_listings_are_followed_within_the_hub(hub):
    hub.put_repository("o/n", {"a.safetensors": 5})
    first = "/api/models/o/n/tree/main?recursive=true"
    following = hub.put(f"{first}&cursor=2", json.dumps([{"type": "file", "path": "b.ckpt", "size": 5}]).encode(),
                        Link='<https://example.com/x>; rel="next"')
    hub.put(first, hub.answers[first][2], Link=f'<{following}>; rel="next"')
    assert [file.name for file in find_in_repository(Place("o/n"), hub.access).files] == ["a.safetensors", "b.ckpt"]


def test_a_repository_in_pieces_says_so(hub):
    hub.put_repository("o/n", {"unet/x.safetensors": 5, "model-00001-of-00002.safetensors": 5})
    with pytest.raises(NotFoundError, match="holds no model file") as caught:
        find_in_repository(Place("o/n"), hub.access)
    assert "in pieces" in caught.value.remedy


def test_an_answer_that_is_no_table_is_said(hub):
    hub.put("/api/models/o/n", b"<html>")
    with pytest.raises(NotFoundError, match="could not be read"):
        find_in_repository(Place("o/n"), hub.access)


@pytest.mark.parametrize(("headers", "name"), [
    ({}, "x y.safetensors"), ({"Content_Disposition": 'attachment; filename="../../nice.ckpt"'}, "nice.ckpt"),
    ({"Content_Disposition": "attachment; filename*=UTF-8''na%C3%AFve.pt"}, "naïve.pt")])
@pytest.mark.parametrize("ranges", [True, False])
def test_a_file_elsewhere_is_looked_at(hub, headers, name, ranges):
    hub.ranges = ranges
    url = hub.put("/some/x%20y.safetensors", ETag='"1"', **headers)
    found = find_at_address(url, hub.access)
    (file,) = found.files
    assert (file.name, file.download.size_bytes, file.download.version) == (name, len(CONTENT), '"1"')
    assert file.download.sha256 == "" and found.licence == UNKNOWN_LICENCE


def test_a_redirect_may_name_the_file(hub):
    url = hub.put("/download/1", b"", status=302, Location=hub.put("/signed/real.safetensors?key=1"))
    (file,) = find_at_address(url, hub.access).files
    assert file.name == "real.safetensors" and file.download.url == url


@pytest.mark.parametrize(("path", "headers", "error", "words"), [
    ("/x.safetensors", {"Content_Type": "text/html"}, NotFoundError, "a web page"),
    ("/x.py", {}, InvalidRequestError, "no model file"),
    ("/x", {"Content_Disposition": 'filename="../x.py"'}, InvalidRequestError, "no model file")])
def test_what_is_no_model_is_refused(hub, path, headers, error, words):
    url = hub.put(path, **headers)
    with pytest.raises(error, match=words):
        find_at_address(url, hub.access)


@pytest.mark.parametrize(("path", "size", "about", "kind"), [
    ("v1-5.safetensors", 4_000_000_000, "", "checkpoint"), ("sd_xl_base.safetensors", 0, "", "checkpoint"),
    ("sdxl_vae.safetensors", 300_000_000, "", "vae"), ("vae-ft-mse.ckpt", 300_000_000, "", "vae"),
    ("mix-with-vae.safetensors", 2_000_000_000, "", "checkpoint"), ("x.safetensors", 144_000_000, "", "lora"),
    ("pytorch.safetensors", 2_000_000_000, "owner/name lora", "lora"),
    ("easynegative.safetensors", 25_000, "", "embedding"),
    ("RealESRGAN_x4plus.pth", 67_000_000, "", "upscaler"), ("4x-UltraSharp.pth", 67_000_000, "", "upscaler"),
    ("nice_hypernet.pt", 90_000_000, "", "hypernetwork")])
def test_guesses(path, size, about, kind):
    assert guess_kind(path, size, about) == kind


@pytest.mark.parametrize(("path", "whole"), [
    ("a.safetensors", True), ("deep/a.CKPT", True), ("unet/a.safetensors", False), ("a.py", False), ("a.gguf", False),
    ("model-00001-of-00003.safetensors", False)])
def test_whole_models(path, whole):
    assert is_whole_model(path) is whole


@pytest.mark.parametrize(("path", "name"), [
    ("a/b.safetensors", "b.safetensors"), ("..\\..\\x.pt", "x.pt"), ("model.safetensors", "repo.safetensors"),
    (".hidden.ckpt", "_.hidden.ckpt"), ("CON.pt", "_CON.pt"), ("x" * 300 + ".pt", "x" * 180 + ".pt")])
def test_names(path, name):
    assert name_for(path, "repo") == name


def test_well_known_models_are_offered_until_they_are_there(tmp_path):
    folders = dict.fromkeys(("checkpoint", "vae", "lora"), tmp_path)
    offers = list(offer_well_known(folders, Access()))
    assert [offer.label for offer in offers] == [known.title for known in WELL_KNOWN]
    for offer in offers:
        (parcel,) = offer.files
        assert parcel.download.url.startswith(f"{HF}/") and len(bytes.fromhex(parcel.download.sha256)) == 32
        assert parcel.download.licence and parcel.download.size_bytes > 1e8 and parcel.download.source.count("/") == 2
    (tmp_path / WELL_KNOWN[0].name).write_bytes(b"")
    assert len(list(offer_well_known(folders, Access("https://mirror.example")))) == len(offers) - 1
