from __future__ import annotations

import io

import numpy as np
import pytest
from fastapi import FastAPI
from PIL import Image
from starlette.testclient import TestClient

from modules.artefacts.picture_store import PictureStore
from modules.frontend.picture_routes import LAYERS_BYTES, build_picture_routes
from modules.imaging.reading import MAX_BYTES

NOBODY = "0" * 40


@pytest.fixture
def store(tmp_path):
    return PictureStore(tmp_path / "pictures")


@pytest.fixture
def client(store):
    app = FastAPI()
    app.include_router(build_picture_routes(store))
    with TestClient(app) as client:
        yield client


def encoded(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def noise(mode: str, width: int, height: int) -> Image.Image:
    shape = (height, width, len(mode)) if len(mode) > 1 else (height, width)
    return Image.fromarray(np.random.default_rng(1).integers(0, 256, shape, np.uint8), mode)


def hand_in(client, picture: str | None = None, **files: bytes):
    return client.post("/internal/pictures", files=files, data={"picture": picture} if picture else None)


def test_picture_and_mask_come_together_and_stay_as_they_are(client, store):
    image, mask = encoded(noise("RGB", 60, 40), "JPEG", comment=b"a castle"), encoded(noise("L", 60, 40))
    answer = hand_in(client, image=image, mask=mask).json()
    assert (answer["width"], answer["height"], answer["sketch"]) == (60, 40, None)
    assert store.path(answer["image"]).read_bytes() == image
    assert store.path(answer["mask"]).read_bytes() == mask
    again = hand_in(client, picture=answer["image"], mask=mask).json()
    assert again == answer


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_sketch_differs_from_its_picture_only_where_it_was_painted(client, store, mode):
    picture = noise(mode, 64, 48)
    strokes = Image.new("RGBA", (64, 48))
    strokes.paste((10, 20, 30, 255), (8, 8, 20, 20))
    answer = hand_in(client, image=encoded(picture), sketch=encoded(strokes)).json()
    before, after = np.asarray(store.open(answer["image"])), np.asarray(store.open(answer["sketch"]))
    changed = np.zeros((48, 64), bool)
    changed[8:20, 8:20] = True
    assert ((before != after).any(axis=2) == changed).all()
    assert after[10, 10].tolist() == [10, 20, 30, 255][:len(mode)]


def test_a_sketch_over_a_turned_photograph_is_upright(client, store):
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = encoded(noise("RGB", 64, 48), "JPEG", exif=exif)
    answer = hand_in(client, image=turned, sketch=encoded(Image.new("RGBA", (48, 64), "blue"))).json()
    assert (answer["width"], answer["height"]) == (48, 64)
    sketch = store.open(answer["sketch"])
    assert sketch.size == (48, 64) and sketch.getpixel((0, 0)) == (0, 0, 255)


@pytest.mark.parametrize(("files", "picture", "field", "words"), [
    ({"image": b"no picture"}, None, "image", "not a picture"),
    ({"image": encoded(noise("RGB", 8, 8))[:-60]}, None, "image", "damaged"),
    ({"image": encoded(noise("RGB", 8, 8)), "mask": b"?"}, None, "mask", "not a picture"),
    ({"image": encoded(noise("RGB", 8, 8)), "sketch": encoded(noise("RGBA", 9, 8))}, None, "sketch", "9x8"),
    ({"mask": encoded(noise("L", 8, 8))}, None, "image", "No picture"),
    ({"mask": encoded(noise("L", 8, 8))}, "../../etc/passwd", "image", "id of a picture"),
    ({"image": encoded(Image.new("1", (9000, 9000)))}, None, "image", "too large"),
])
def test_what_cannot_be_used_is_explained(client, files, picture, field, words):
    answer = hand_in(client, picture, **files)
    assert answer.status_code == 422
    assert answer.json()["field"] == field and words in answer.json()["message"]
    assert set(answer.json()) == {"message", "remedy", "field"}


def test_too_much_is_refused_before_it_is_read(client):
    def body():
        raise AssertionError("the body was read")
        yield b""

    answer = client.post("/internal/pictures", content=body(), headers={
        "Content-Type": "multipart/form-data; boundary=x", "Content-Length": str(MAX_BYTES + LAYERS_BYTES + 1)})
    assert answer.status_code == 422 and "40 MB" in answer.json()["message"]


@pytest.mark.parametrize("body", [b"", b"--x\r\nnonsense", b"--x\r\nContent-Disposition: form-data; name=\"image\""])
def test_broken_forms_are_refused(client, body):
    answer = client.post("/internal/pictures", content=body, headers={
        "Content-Type": "multipart/form-data; boundary=x"})
    assert answer.status_code == 422 and answer.json()["field"] == "image"


def test_too_many_files_are_refused(client):
    picture = encoded(noise("RGB", 8, 8))
    files = [("image", (f"{number}.png", picture)) for number in range(4)]
    assert client.post("/internal/pictures", files=files).status_code == 422


@pytest.mark.parametrize(("kind", "media_type"), [
    ("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp"), ("GIF", "image/gif"), ("BMP", "image/bmp"),
    ("TIFF", "image/tiff"), ("AVIF", "image/avif")])
def test_a_picture_comes_back_as_it_came_with_the_type_of_its_content(client, kind, media_type):
    data = encoded(noise("RGB", 16, 16), kind)
    answer = client.get(f"/internal/pictures/{hand_in(client, image=data).json()['image']}")
    assert answer.content == data and answer.headers["content-type"] == media_type
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"


def test_any_picture_is_shown_as_a_png(client):
    data = encoded(Image.fromarray(np.full((20, 30), 40000, np.uint16)), "TIFF")
    answer = client.get(f"/internal/pictures/{hand_in(client, image=data).json()['image']}/shown")
    assert answer.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(answer.content)).size == (30, 20)


@pytest.mark.parametrize("name", [NOBODY, f"{NOBODY}/shown", "..%2f..%2fetc%2fpasswd"])
def test_what_is_not_there_is_a_404(client, name):
    assert client.get(f"/internal/pictures/{name}").status_code == 404


@pytest.mark.parametrize("name", ["a" * 39, "A" * 40, "%2e%2e", "picture.png"])
def test_what_is_no_id_is_refused(client, name):
    assert client.get(f"/internal/pictures/{name}").status_code == 422
