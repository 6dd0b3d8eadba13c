"""What the Models tab asks, answered by a hub of our own."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from modules.extras.sources import FolderRules
from modules.frontend.model_routes import KIND_TITLES, build_model_routes
from modules.hubs.guesses import KINDS
from modules.jobs.download_desk import DownloadDesk
from modules.jobs.model_orders import ModelOrders
from tests.hubs.conftest import CONTENT, SHA256, hub

__all__ = ["hub"]


@pytest.fixture
def tab(hub, tmp_path):
    hub.put_repository("o/n", {"mix.safetensors": {"size": len(CONTENT), "lfs": {"oid": SHA256}}, "x.pt": 5000},
                       {"cardData": {"license": "mit"}, "gated": False})
    hub.put("/o/n/resolve/main/mix.safetensors")
    desk = DownloadDesk(hub.access, lambda: (), lambda: None)
    folders = {"lora": tmp_path / "models" / "Lora", "embedding": Path("/mnt/embeddings")}
    app = FastAPI()
    app.include_router(build_model_routes(ModelOrders(hub.access, folders, desk), FolderRules(tmp_path, anywhere=True)))
    yield TestClient(app)
    desk.close()


def test_everything_is_told_before_anything_is_fetched(tab, hub):
    answer = tab.post("/internal/models/look", json={"address": "o/n"}).json()
    assert answer == {
        "title": "o/n", "page": f"{hub.address}/o/n", "licence": "MIT", "gated": False, "left_out": 0,
        "files": [{"path": "mix.safetensors", "name": "mix.safetensors", "kind": "embedding", "checked": True,
                   "size_bytes": len(CONTENT)},
                  {"path": "x.pt", "name": "x.pt", "kind": "embedding", "checked": False, "size_bytes": 5000}],
        "kinds": [{"kind": "lora", "title": "LoRA", "folder": "models/Lora"},
                  {"kind": "embedding", "title": "Embedding", "folder": "/mnt/embeddings"}]}
    assert all(path.startswith("/api/models/o/n") for path, _ in hub.asked)


def test_a_file_is_ordered(tab):
    question = {"address": "o/n", "path": "mix.safetensors", "kind": "lora"}
    assert tab.post("/internal/models/order", json=question).json() == {"label": "mix.safetensors"}


@pytest.mark.parametrize("question", [{}, {"address": "x" * 3000}, {"address": 5}])
def test_questions_are_bounded(tab, question):
    assert tab.post("/internal/models/look", json=question).status_code == 422


def test_addresses_that_make_no_sense_are_explained(client):
    answer = client.post("/internal/models/look", json={"address": "file:///etc/passwd"})
    assert answer.status_code == 422 and "owner/name" in answer.json()["remedy"]


def test_every_kind_has_a_title():
    assert set(KIND_TITLES) == set(KINDS)
