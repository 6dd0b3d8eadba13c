"""Whatever somebody sends, the answer names the field and what is accepted, and is never the server's fault."""

from __future__ import annotations

import base64
import struct
import zlib

import pytest

from tests.api.conftest import png

PICTURE = base64.b64encode(png()).decode()
NUMBERS = ("1e308", "-1e308", "NaN", "Infinity", "-Infinity", "123456789012345678901234567890", "-5", '"abc"', "[]",
           "{}")
FIELDS = ("steps", "width", "height", "batch_size", "n_iter", "cfg_scale", "denoising_strength", "hr_scale",
          "hr_resize_x", "subseed_strength", "eta", "s_churn")


def bomb() -> bytes:
    """A PNG of 400 million pixels in a few hundred bytes; not even its header may be believed."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 20000, 20000, 1, 0, 0, 0, 0)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("field", FIELDS)
def test_numbers_out_of_range_name_field_and_limit(client, field, number):
    answer = client.post("/sdapi/v1/txt2img", content=f'{{"{field}": {number}}}')
    assert answer.status_code == 422, answer.text
    first = answer.json()["detail"][0]
    assert first["loc"] == ["body", field] and set(first) == {"loc", "msg", "type"}
    assert any(char.isdigit() for char in first["msg"]) or "number" in first["msg"] or "integer" in first["msg"]


@pytest.mark.parametrize(("field", "value"), [
    ("seed", 2**200), ("seed", -2), ("seed", 1.5), ("subseed", 2**64), ("prompt", ["a"]), ("prompt", "x" * 20_001),
    ("styles", "one"), ("styles", ["a"] * 65), ("styles", [{}]), ("width", 512.7), ("width", 100_000),
    ("batch_size", 10**6), ("steps", 10**9), ("override_settings", []), ("alwayson_scripts", "x"),
    ("script_args", [0] * 1001), ("send_images", "perhaps"), ("sampler_name", "x" * 501), ("infotext", "x" * 1_000_001),
    ("comments", 5), ("force_task_id", {})])
def test_wrong_values_name_their_field(client, field, value):
    answer = client.post("/sdapi/v1/txt2img", json={field: value})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"][:2] == ["body", field]


def test_a_picture_may_have_possible_sides_and_an_impossible_area(client):
    answer = client.post("/sdapi/v1/txt2img", json={"width": 8192, "height": 8192})
    assert answer.status_code == 422 and "megapixels" in answer.json()["detail"][0]["msg"]


@pytest.mark.parametrize("body", [
    "", "null", "[]", "5", "{", '{"prompt": "\\ud800"}', '{"a": ' * 100_000, "[" * 100_000,
    '{"seed": ' + "9" * 5000 + "}", b"\xff\xfe", b"\x00"])
@pytest.mark.parametrize("route", ["/sdapi/v1/txt2img", "/sdapi/v1/img2img", "/sdapi/v1/extra-batch-images", "/jobs",
                                   "/sdapi/v1/options", "/sdapi/v1/png-info"])
def test_bodies_that_are_no_request(client, route, body):
    answer = client.post(route, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422), answer.text
    assert "detail" in answer.json()


PICTURES = [
    ("!!!", "Invalid encoded image"),
    ("data:image/png;base64,@@@", "Invalid encoded image"),
    (base64.b64encode(b"not a picture").decode(), "not a picture"),
    ("", "not a picture"),
    (PICTURE[:40], "Invalid encoded|damaged|not a picture"),
    (base64.b64encode(bomb()).decode(), "64 million pixels"),
    ("http://127.0.0.1/a.png", "Requests not allowed"),
    ("file:///etc/passwd", "Invalid encoded image"),
    ("<svg/>", "Invalid encoded image"),
]


@pytest.mark.parametrize(("picture", "message"), PICTURES, ids=range(len(PICTURES)))
@pytest.mark.parametrize(("route", "body", "place"), [
    ("img2img", lambda picture: {"init_images": [picture]}, ["init_images", "0"]),
    ("img2img", lambda picture: {"init_images": [PICTURE], "mask": picture}, ["mask"]),
    ("extra-single-image", lambda picture: {"image": picture}, ["image"]),
    ("extra-batch-images", lambda picture: {"imageList": [{"data": picture}]}, ["imageList", "0", "data"]),
    ("png-info", lambda picture: {"image": picture}, ["image"]),
])
def test_pictures_that_are_none(client, route, body, place, picture, message):
    if (place == ["mask"] and not picture) or (route == "png-info" and "pixels" in message):
        pytest.skip("no mask; nothing is decoded")
    answer = client.post(f"/sdapi/v1/{route}", json=body(picture))
    assert answer.status_code == 422, answer.text
    first = answer.json()["detail"][0]
    assert first["loc"] == ["body", *place]
    assert any(part in first["msg"] for part in message.split("|")), first


def test_large_bodies_are_refused_before_they_are_read(client):
    body = b'{"init_images": ["' + b"A" * (100 * 2**20) + b'"]}'
    answer = client.post("/sdapi/v1/img2img", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413 and "64 MiB" in answer.json()["detail"]


def test_large_pictures_are_refused_by_name(client):
    answer = client.post("/sdapi/v1/img2img", json={"init_images": ["A" * (62 * 2**20)]})
    assert answer.status_code == 422 and "40 MB" in answer.json()["detail"][0]["msg"]
