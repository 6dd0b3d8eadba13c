"""The routes of downloads over the real server, whose well-known files lie on a closed port of this machine."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from modules.frontend.download_routes import build_download_routes, shown_folder
from modules.imaging.upscaling.known import known_by_name

UNDER_WAY = ("waiting", "running", "stopping")


def find(answer, label):
    return next(download for download in answer.json()["downloads"] if download["label"] == label)


def test_everything_is_told_before_anything_is_fetched(client, tiny_models):
    answer = client.get("/internal/downloads")
    assert answer.headers["cache-control"] == "no-store"
    upscaler = find(answer, "R-ESRGAN 4x+")
    assert upscaler["allowed"] is True
    assert (upscaler["state"], upscaler["kind"], upscaler["total_bytes"]) == ("offered", "upscaler", 67_040_989)
    assert upscaler["files"] == [{
        "name": "RealESRGAN_x4plus.pth", "folder": str(tiny_models / "RealESRGAN"),
        "size_bytes": 67_040_989, "licence": "BSD-3-Clause", "source": "github.com/xinntao/Real-ESRGAN"}]
    assert [file["name"] for file in find(answer, "GFPGAN")["files"]] == [
        "GFPGANv1.4.pth", "detection_Resnet50_Final.pth", "parsing_parsenet.pth"]
    assert "non-commercial" in find(answer, "CodeFormer")["files"][0]["licence"]


def test_a_download_that_fails_says_why(client, monkeypatch, tiny_models):
    known = known_by_name("R-ESRGAN 4x+")
    local = replace(known.download, url="http://127.0.0.1:9/x")
    monkeypatch.setitem(known.__dict__, "download", local)
    shown = find(client.post("/internal/downloads/R-ESRGAN%204x%2B"), "R-ESRGAN 4x+")
    for _ in range(500):
        if shown["state"] not in UNDER_WAY:
            break
        time.sleep(0.01)
        shown = find(client.get("/internal/downloads"), "R-ESRGAN 4x+")
    assert shown["state"] == "failed" and "RealESRGAN_x4plus.pth could not be downloaded" in shown["error"]["message"]
    assert f"put RealESRGAN_x4plus.pth into {tiny_models / 'RealESRGAN'}" in shown["error"]["remedy"]
    assert find(client.post("/internal/downloads/R-ESRGAN%204x%2B/cancel"), "R-ESRGAN 4x+")["state"] == "failed"


@pytest.mark.parametrize("path", ["nothing", "nothing/cancel", "Lanczos"])
def test_what_is_not_offered_is_not_found(client, path):
    answer = client.post(f"/internal/downloads/{path}")
    assert answer.status_code == 404 and answer.json()["error"]


@pytest.mark.parametrize("path", ["GFPGAN", "GFPGAN/cancel"])
def test_strangers_fetch_nothing(behind_page, path):
    app = FastAPI()
    app.include_router(build_download_routes(behind_page.orders.desk, replace(behind_page.folders, anywhere=False)))
    client = TestClient(app)
    answer = client.post(f"/internal/downloads/{path}")
    assert answer.status_code == 403 and "Other computers can reach this server" in answer.json()["error"]
    shown = client.get("/internal/downloads")
    assert find(shown, "GFPGAN")["allowed"] is False and find(shown, "GFPGAN")["state"] == "offered"
    assert find(shown, "Stable Diffusion 1.5")["allowed"] is True


@pytest.mark.parametrize(("folder", "shown"), [("/home/me/webui/models/VAE", "models/VAE"), ("/mnt/VAE", "/mnt/VAE")])
def test_folders_are_named_as_people_know_them(folder, shown):
    assert shown_folder(Path(folder), Path("/home/me/webui")) == shown
