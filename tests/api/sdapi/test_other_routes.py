"""Extras, picture info, control of the server."""

from __future__ import annotations

import base64
import io

import pytest
from PIL import Image, PngImagePlugin

from tests.api.conftest import open_desk, png

PICTURE = base64.b64encode(png(16, 8)).decode()
INFOTEXT = "a castle\nNegative prompt: fog\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512"


def test_one_picture_is_enlarged(client):
    answer = client.post("/sdapi/v1/extra-single-image", json={"image": PICTURE, "upscaler_1": "Lanczos"}).json()
    assert set(answer) == {"html_info", "image"} and answer["image"]


def test_several_pictures_are_enlarged(client):
    body = {"imageList": [{"data": PICTURE, "name": f"image{n:05}"} for n in (1, 2)], "upscaler_1": "Lanczos"}
    answer = client.post("/sdapi/v1/extra-batch-images", json=body).json()
    assert set(answer) == {"html_info", "images"} and len(answer["images"]) == 2


@pytest.mark.parametrize(("values", "status"), [
    ({"upscaler_1": "nope"}, 404), ({"resize_mode": 2}, 422), ({"upscaling_resize": 0}, 422),
    ({"gfpgan_visibility": 1.1}, 422), ({"upscaling_resize_w": 0}, 422), ({"upscaling_resize_w": 16385}, 422),
    ({"upscaling_resize": 33}, 422)])
def test_extras_that_cannot_be(client, values, status):
    answer = client.post("/sdapi/v1/extra-single-image", json={"image": PICTURE, "upscaler_1": "Lanczos", **values})
    assert answer.status_code == status, answer.text


def test_the_description_tells_the_limits_of_extras(client):
    route = client.get("/openapi.json").json()["paths"]["/sdapi/v1/extra-single-image"]["post"]
    fields = route["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert (fields["upscaling_resize"]["minimum"], fields["upscaling_resize"]["maximum"]) == (0.05, 32)
    assert fields["upscaling_resize_w"]["maximum"] == 16384


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_pictures_tell_their_parameters(client, kind):
    from modules.artefacts.encoding import EmbeddedText, encode_picture

    data = encode_picture(Image.new("RGB", (8, 8)), kind.lower(), EmbeddedText(INFOTEXT)).data
    answer = client.post("/sdapi/v1/png-info", json={"image": base64.b64encode(data).decode()}).json()
    assert answer["info"] == INFOTEXT
    assert answer["parameters"]["Prompt"] == "a castle" and answer["parameters"]["Size-1"] == "512"


def test_other_texts_of_a_picture_are_items(client):
    info = PngImagePlugin.PngInfo()
    info.add_text("Software", "somebody's")
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "PNG", pnginfo=info)
    answer = client.post("/sdapi/v1/png-info", json={"image": base64.b64encode(buffer.getvalue()).decode()}).json()
    assert answer == {"info": "", "items": {"Software": "somebody's"}, "parameters": {}}


@pytest.mark.parametrize(("body", "status", "detail"), [
    ({}, 404, "Image not found"), ({"image": PICTURE, "model": "x"}, 404, "Model not found"),
    ({"image": PICTURE}, 501, "Describing pictures"), ({"image": PICTURE, "model": "deepdanbooru"}, 501, "Describing")])
def test_describing_pictures_says_that_it_is_not_there(client, body, status, detail):
    answer = client.post("/sdapi/v1/interrogate", json=body)
    assert answer.status_code == status and detail in answer.json()["detail"]


def test_memory_is_given_back(client, desk):
    assert client.post("/sdapi/v1/unload-checkpoint").json() == {}
    assert desk.services.generation.bench.models.current is None


def test_the_server_can_be_stopped_only_where_that_was_allowed(tiny_models, tmp_path):
    from starlette.testclient import TestClient

    with open_desk(tmp_path, tiny_models) as desk, TestClient(desk.app) as client:
        assert client.post("/sdapi/v1/server-stop").status_code == 404


def test_stopping_the_server(client, desk):
    stopped = []
    object.__setattr__(desk.services, "stop", lambda: stopped.append(True))
    answer = client.post("/sdapi/v1/server-stop")
    assert (answer.status_code, answer.text, stopped) == (200, "Stopping.", [True])
    answer = client.post("/sdapi/v1/server-restart")
    assert answer.status_code == 501 and "anew" in answer.json()["detail"]


def test_internal_routes(client):
    assert client.get("/internal/ping").json() == {}
    assert client.get("/internal/pending-tasks").json() == {"size": 0, "tasks": []}
    unknown = client.post("/internal/progress", json={"id_task": "task(nobody)"}).json()
    assert not unknown["active"] and not unknown["completed"] and unknown["id_live_preview"] == -1
    assert {"name": "eta_ddim"}.items() <= {item["name"]: item for item in client.get(
        "/internal/quicksettings-hint").json()}["eta_ddim"].items()
    assert client.get("/internal/profile-startup").status_code == 200
    assert client.get("/internal/sysinfo").json()["Config"]["samples_format"] == "png"
    attached = client.get("/internal/sysinfo-download").headers["content-disposition"]
    assert attached.startswith('attachment; filename="sysinfo-')
