"""The browser of networks as the page's scripts and A1111's extensions ask for it."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from PIL import Image
from starlette.testclient import TestClient

from modules.catalog.catalog import Catalog, ModelFolders
from modules.catalog.network_catalog import NetworkCatalog, NetworkFolders
from modules.foundation.errors import NotFoundError, WebUIError
from modules.frontend.network_cards import NetworkCards
from modules.frontend.network_routes import build_network_routes
from modules.frontend.network_thumbnails import ThumbnailFolder
from modules.settings.store import SettingsStore
from modules.weights.hash_cache import HashCache

HOSTILE = '"><script>alert(1)</script>'


def picture(size: tuple[int, int] = (1000, 1500), kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(buffer, kind)
    return buffer.getvalue()


def place(path: Path, content: bytes = b"PK\x03\x04model") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def safetensors(texts: dict[str, str] | None = None) -> bytes:
    table = {"__metadata__": texts} if texts else {}
    header = json.dumps({**table, "x": {"dtype": "F16", "shape": [1], "data_offsets": [0, 2]}}).encode()
    return len(header).to_bytes(8, "little") + header + b"\0\0"


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    place(folder / "Lora" / "styles" / "ink.safetensors", safetensors({
        "ss_output_name": "Ink", "ss_base_model_version": "sdxl_base", "ss_network_dim": "8",
        "ss_tag_frequency": '{"a": {"brush ": 3, "paper": 9}, "b": {"brush": 2}}',
        "ssmd_cover_images": json.dumps([base64.b64encode(picture((64, 64), "JPEG")).decode(), "!!", 5])}))
    place(folder / "Lora" / "plain.safetensors", safetensors())
    place(folder / "Lora" / "plain.preview.png", picture())
    place(folder / "Lora" / ".private" / "secret.pt")
    place(folder / "Lora" / f"{HOSTILE.replace('/', '')}.pt")
    place(folder / "embeddings" / "bad hands.pt")
    place(folder / "hypernetworks" / "hyper.pt")
    place(folder / "secret.png", picture((8, 8)))
    return folder


@pytest.fixture
def settings(tmp_path: Path) -> SettingsStore:
    return SettingsStore(tmp_path / "config.json")


@pytest.fixture
def browser(models: Path, settings: SettingsStore, tiny_models: Path, tmp_path: Path) -> TestClient:
    hashes = HashCache(tmp_path / "hashes.json")
    checkpoints = Catalog(ModelFolders((tiny_models / "Stable-diffusion",)), hashes)
    checkpoints.refresh()
    folders = NetworkFolders((models / "Lora",), (models / "hypernetworks",), (models / "embeddings",))
    networks = NetworkCatalog(folders, hashes, tmp_path / "cache" / "networks.json")
    job = SimpleNamespace(pictures=[SimpleNamespace(path=None, infotext=""), SimpleNamespace(
        path=place(tmp_path / "made.webp", picture((64, 96), "WEBP")), infotext="a cat\nSteps: 3")])
    jobs = SimpleNamespace(get=lambda name: job if name == "made" else _refuse())
    app = FastAPI()
    app.add_exception_handler(WebUIError, lambda _, error: JSONResponse(
        {"error": str(error)}, 404 if isinstance(error, NotFoundError) else 422))
    app.include_router(build_network_routes(NetworkCards(networks, checkpoints, settings),
                                            ThumbnailFolder(tmp_path / "thumbnails"), jobs))
    return TestClient(app)


def _refuse() -> None:
    raise NotFoundError("There is no such job.")


def cards_of(browser: TestClient, page: str = "lora") -> dict[str, dict]:
    return {card["name"]: card for card in browser.get(f"/internal/networks/{page}").json()["cards"]}


def address(browser: TestClient, name: str, page: str = "lora") -> str:
    return f"/internal/networks/{page}/{cards_of(browser, page)[name]['id']}"


def test_a_checkpoint_is_found_without_looking_at_all_of_them(browser, monkeypatch):
    details = address(browser, "tiny-sd1", "checkpoints")
    described = []
    describe = NetworkCatalog.describe_checkpoints
    monkeypatch.setattr(NetworkCatalog, "describe_checkpoints",
                        lambda self, some: described.append(len(some)) or describe(self, some))
    assert [browser.get(details).status_code for _ in range(2)] == [200, 200]
    assert set(described) == {1}


def test_a_page_lists_its_cards(browser):
    cards = cards_of(browser)
    assert set(cards) == {"ink", "plain", "secret", HOSTILE.replace("/", "")}
    ink = cards["ink"]
    assert (ink["word"], ink["path"], ink["folder"], ink["version"]) == (
        "Ink", "styles/ink.safetensors", "styles", "SDXL")
    assert cards["secret"]["hidden"] and "hidden" not in ink and "picture" in ink and "metadata" not in cards["plain"]
    assert list(cards_of(browser, "textual inversion")) == ["bad hands"]
    assert list(cards_of(browser, "hypernetworks")) == ["hyper"]


def test_checkpoints_know_which_is_chosen_and_what_it_is(browser, settings):
    settings.update({"sd_model_checkpoint": "tiny-sdxl"})
    listing = browser.get("/internal/networks/checkpoints").json()
    chosen = next(card for card in listing["cards"] if card["id"] == listing["chosen"])
    assert chosen["word"] == "tiny-sdxl.safetensors" and listing["loaded"] == "SDXL"
    assert browser.get("/internal/networks/lora").json()["loaded"] == "SDXL"


@pytest.mark.parametrize(("key", "value", "name", "seen"), [
    ("extra_networks_default_multiplier", 0.7, "weight", 0.7),
    ("extra_networks_add_text_separator", ", ", "separator", ", "),
    ("lora_show_all", True, "showAll", True), ("lora_hide_unknown_for_versions", ["SDXL"], "hideUnknownFor", ["SDXL"]),
    ("extra_networks_hidden_models", "Never", "hidden", "Never"),
    ("extra_networks_show_hidden_directories", False, "hiddenFolders", False),
    ("extra_networks_card_order_field", "Date Created", "order", "date_created"),
    ("extra_networks_card_order", "Descending", "descending", True),
    ("extra_networks_tree_view_style", "Tree", "tree", True),
    ("extra_networks_tree_view_default_enabled", False, "foldersShown", False),
    ("extra_networks_tree_view_default_width", 240, "treeWidth", 240),
    ("extra_networks_card_width", 200, "cardWidth", 200), ("extra_networks_card_height", 300, "cardHeight", 300),
    ("extra_networks_card_text_scale", 1.5, "textScale", 1.5),
    ("extra_networks_card_show_desc", False, "descriptions", False),
])
def test_settings_reach_the_page_at_once(browser, settings, key, value, name, seen):
    before = browser.get("/internal/networks/lora").json()["view"][name]
    settings.update({key: value})
    assert before != seen == browser.get("/internal/networks/lora").json()["view"][name]


def test_the_preferred_name(browser, settings):
    settings.update({"lora_preferred_name": "Filename"})
    assert cards_of(browser)["ink"]["word"] == "ink"


def test_a_file_dropped_in_is_there_at_the_next_look(browser, models):
    cards_of(browser)
    place(models / "Lora" / "later" / "new.pt")
    assert "new" in cards_of(browser)
    answer = browser.post("/internal/networks/lora/refresh").json()
    assert len(answer["cards"]) == 5


@pytest.mark.parametrize("path", ["lora/0000000000000000", "lora/0000000000000000/thumbnail", "nothing", "nothing/x",
                                  "lora/..%2f..%2fsecret.png/thumbnail", "lora/x/metadata", "lora/x/hash"])
def test_what_is_not_there_is_a_404(browser, path):
    assert browser.get(f"/internal/networks/{path}").status_code == 404


def test_thumbnails_are_small_and_kept(browser, models, tmp_path):
    answer = browser.get(address(browser, "plain") + "/thumbnail")
    shown = Image.open(io.BytesIO(answer.content))
    assert answer.headers["content-type"] == "image/webp" and shown.size == (480, 720)
    [kept] = (tmp_path / "thumbnails").iterdir()
    assert kept.read_bytes() == answer.content
    place(models / "Lora" / "plain.preview.png", picture((90, 90)))
    browser.post("/internal/networks/lora/refresh")
    again = browser.get(address(browser, "plain") + "/thumbnail").content
    assert Image.open(io.BytesIO(again)).size == (90, 90)
    assert [path.read_bytes() for path in (tmp_path / "thumbnails").iterdir()] == [again]


def test_a_cover_inside_the_file_is_a_thumbnail_too(browser):
    answer = browser.get(address(browser, "ink") + "/thumbnail")
    assert Image.open(io.BytesIO(answer.content)).size == (64, 64)


def test_no_picture_and_a_broken_picture_are_explained(browser, models):
    assert browser.get(address(browser, "secret") + "/thumbnail").status_code == 404
    place(models / "Lora" / "plain.preview.png", b"no picture")
    browser.post("/internal/networks/lora/refresh")
    assert browser.get(address(browser, "plain") + "/thumbnail").status_code == 422


def test_the_editor_is_told_what_there_is(browser, models):
    details = browser.get(address(browser, "ink")).json()
    assert details["file"] == str(models / "Lora" / "styles" / "ink.safetensors")
    assert set(details["fields"]) == {"description", "version", "activation_text", "preferred_weight",
                                      "negative_text", "notes"}
    assert details["words"] == [["paper", 9], ["brush", 5]]
    assert ["Rank", "8"] in details["facts"] and ["Made for", "SDXL"] in details["facts"]
    assert set(browser.get(address(browser, "tiny-sd1", "checkpoints")).json()["fields"]) == {
        "description", "vae", "notes"}
    assert len(browser.get(address(browser, "ink") + "/hash").json()["hash"]) == 12


@pytest.mark.parametrize("tags", ["", "{", "[1]", '{"a": 3}', '{"a": {"b": "x"}}', "[" * 100_000])
def test_odd_training_words_are_none(browser, models, tags):
    place(models / "Lora" / "plain.safetensors", safetensors({"ss_tag_frequency": tags}))
    browser.post("/internal/networks/lora/refresh")
    assert browser.get(address(browser, "plain")).json()["words"] == []


def test_metadata_is_shown_without_pictures_inside(browser):
    text = browser.get(address(browser, "ink") + "/metadata").json()["metadata"]
    shown = json.loads(text)
    assert shown["ss_tag_frequency"]["b"] == {"brush": 2} and "characters of pictures" in shown["ssmd_cover_images"]


def test_notes_are_saved_and_show_on_the_card(browser, models):
    place(models / "Lora" / "plain.json", b'{"modelId": 7}')
    draft = {"description": "soft", "version": "SD2", "activation_text": "sks", "preferred_weight": 0.6,
             "negative_text": "photo", "notes": "n", "vae": "ignored"}
    card = browser.post(address(browser, "plain") + "/notes", json=draft).json()["card"]
    assert (card["description"], card["activation"], card["weight"], card["negative"], card["version"]) == (
        "soft", "sks", 0.6, "photo", "SD2")
    assert json.loads((models / "Lora" / "plain.json").read_text()) == {
        "modelId": 7, "description": "soft", "sd version": "SD2", "activation text": "sks", "preferred weight": 0.6,
        "negative text": "photo", "notes": "n"}


def test_only_the_notes_of_its_kind_are_written(browser, models):
    browser.post(address(browser, "hyper", "hypernetworks") + "/notes",
                 json={"description": "d", "activation_text": "no", "vae": "no"})
    assert json.loads((models / "hypernetworks" / "hyper.json").read_text()) == {"description": "d", "notes": ""}


@pytest.mark.parametrize("draft", [{"description": "x" * 100_001}, {"preferred_weight": 1e9}, {"notes": 3}])
def test_impossible_notes_are_refused(browser, models, draft):
    assert browser.post(address(browser, "plain") + "/notes", json=draft).status_code == 422
    assert not (models / "Lora" / "plain.json").exists()


def test_a_finished_picture_becomes_the_preview(browser, models):
    card = browser.post(address(browser, "secret") + "/preview", json={"job": "made", "number": 0}).json()["card"]
    saved = Image.open(models / "Lora" / ".private" / "secret.preview.png")
    assert saved.size == (64, 96) and saved.info["parameters"] == "a cat\nSteps: 3" and card["picture"]


@pytest.mark.parametrize("choice", [{"job": "made", "number": 1}, {"job": "other", "number": 0}])
def test_a_picture_that_is_gone_is_no_preview(browser, models, choice):
    assert browser.post(address(browser, "secret") + "/preview", json=choice).status_code == 404
    assert not (models / "Lora" / ".private" / "secret.preview.png").exists()


def test_previews_by_their_path_as_in_a1111(browser, models):
    cards_of(browser)
    preview = models / "Lora" / "plain.preview.png"
    answer = browser.get("/sd_extra_networks/thumb", params={"filename": str(preview)})
    assert answer.content == preview.read_bytes() and answer.headers["content-type"] == "image/png"


def test_only_pictures_of_networks_are_served(browser, models, tmp_path):
    (models / "Lora" / "link.png").symlink_to(models / "secret.png")
    place(models / "Lora" / "page.html", b"<script>")
    place(models / "Lora" / "script.png", b"<script>")
    names = ["", "/etc/passwd", str(models / "secret.png"), str(models / "Lora" / ".." / "secret.png"), "\0.png",
             str(models / "Lora" / "plain.safetensors"), str(models / "Lora" / "page.html"), str(models / "Lora"),
             str(models / "Lora" / "link.png"), str(models / "Lora" / "gone.png"), "x" * 5000]
    for name in names:
        assert browser.get("/sd_extra_networks/thumb", params={"filename": name}).status_code in (404, 422), name
    script = browser.get("/sd_extra_networks/thumb", params={"filename": str(models / "Lora" / "script.png")})
    assert script.status_code == 422 and "<script>" not in script.text


def test_a_preview_behind_a_linked_folder_is_served(browser, models, tmp_path):
    place(tmp_path / "disk" / "far.pt")
    place(tmp_path / "disk" / "far.png", picture((8, 8)))
    (models / "Lora" / "disk").symlink_to(tmp_path / "disk", target_is_directory=True)
    cards_of(browser)
    path = str(models / "Lora" / "disk" / "far.png")
    assert browser.get("/sd_extra_networks/thumb", params={"filename": path}).status_code == 200


def test_covers_and_metadata_as_in_a1111(browser):
    cards_of(browser)
    item = {"page": "Lora", "item": "ink"}
    cover = browser.get("/sd_extra_networks/cover-images", params={**item, "index": 0})
    assert cover.headers["content-type"] == "image/jpeg" and Image.open(io.BytesIO(cover.content)).size == (64, 64)
    assert browser.get("/sd_extra_networks/cover-images", params={**item, "index": 2}).status_code == 404
    texts = json.loads(browser.get("/sd_extra_networks/metadata", params=item).json()["metadata"])
    assert texts["ss_output_name"] == "Ink"
    assert browser.get("/sd_extra_networks/metadata", params={"page": "lora", "item": "plain"}).json() == {}
    assert browser.get("/sd_extra_networks/metadata", params={"page": "lora", "item": "gone"}).status_code == 404


def test_names_are_escaped_in_markup(browser):
    cards_of(browser)
    answer = browser.get("/sd_extra_networks/get-single-card", params={
        "page": "lora", "tabname": HOSTILE, "name": HOSTILE.replace("/", "")}).json()["html"]
    assert "<script>" not in answer and "&lt;script&gt;" in answer
