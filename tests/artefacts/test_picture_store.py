from __future__ import annotations

import io
import os
import time

import pytest
from PIL import Image

from modules.artefacts.picture_store import PictureStore
from modules.foundation.errors import InvalidRequestError, NotFoundError
from modules.foundation.size import Size


def encoded(size=(8, 6), orientation=None, kind="PNG"):
    exif = Image.Exif()
    if orientation:
        exif[0x0112] = orientation
    buffer = io.BytesIO()
    Image.new("RGB", size, "red").save(buffer, kind, exif=exif)
    return buffer.getvalue()


def test_a_picture_is_kept_as_it_came_and_once(tmp_path):
    store, data = PictureStore(tmp_path), encoded()
    first, second = store.keep(data), store.keep(data)
    assert first == second and store.path(first).read_bytes() == data
    assert store.open(first).size == (8, 6) and store.size(first) == Size(8, 6)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_sizes_are_those_of_the_upright_picture(tmp_path, kind, orientation):
    store = PictureStore(tmp_path)
    name = store.keep(encoded(orientation=orientation, kind=kind))
    assert store.size(name) == Size(*store.open(name).size)


@pytest.mark.parametrize("data", [b"", b"not a picture", encoded()[:45]])
def test_what_is_no_whole_picture_is_refused(tmp_path, data):
    with pytest.raises(InvalidRequestError) as caught:
        PictureStore(tmp_path).keep(data, field="mask")
    assert caught.value.field == "mask"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "0" * 39, "A" * 40, "0" * 40 + "/x"])
def test_names_are_ids_and_nothing_else(tmp_path, name):
    with pytest.raises(InvalidRequestError):
        PictureStore(tmp_path).path(name)


def test_old_pictures_are_swept_away(tmp_path):
    store = PictureStore(tmp_path)
    old, new = store.keep(encoded()), store.keep(encoded((9, 9)))
    os.utime(store.path(old), (time.time() - 1000,) * 2)
    store.sweep(older_than_s=500)
    assert store.size(new) == Size(9, 9)
    with pytest.raises(NotFoundError):
        store.path(old)
