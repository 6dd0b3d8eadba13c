"""Embeddings in pictures, as A1111's training writes them."""

from __future__ import annotations

import base64
import json
import zlib

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from modules.adapters.inversions.files import read_embedding
from modules.adapters.inversions.pictures import decode_text, mask_stream, read_picture

EXAMPLE = "eyJzdHJpbmdfdG9fcGFyYW0iOiB7IioiOiB7IlRPUkNIVEVOU09SIjogW1swLjUsIC0xLjBdXX19LCAibmFtZSI6ICJ0In0="


def lcg(count):
    value, values = 0, []
    for _ in range(count):
        value = (value * 1664525 + 1013904223) % 2**32
        values.append(value % 255)
    return values


def hide(content, image):
    """Write the columns: nibbles tiled to whole columns, masked, set off by black."""
    height = image.shape[0]
    packed = np.frombuffer(zlib.compress(json.dumps(content).encode(), 9), dtype=np.uint8)

    def block(nibbles):
        length = len(nibbles) + (height - len(nibbles) % height)
        length += -length % (3 * height)
        tiled = np.resize(nibbles, length) ^ (np.array(lcg(length), dtype=np.uint8) & 15)
        return tiled.reshape(height, -1, 3) | 0x50  # the upper bits are decoration

    black = np.zeros((height, 1, 3), dtype=np.uint8)
    return np.concatenate([block(packed & 15), black, image, black, block(packed >> 4)], axis=1)


@pytest.fixture
def image():
    return np.random.default_rng(1).integers(1, 255, (64, 64, 3), dtype=np.uint8) | 1


def content(rows=3):
    values = np.random.default_rng(2).normal(size=(rows, 48)).round(4).tolist()
    return {"string_to_param": {"*": {"TORCHTENSOR": values}}, "name": "hidden word"}


def test_the_mask_is_that_of_a1111():
    assert mask_stream(10).tolist() == [253, 242, 127, 44, 157, 27, 239, 133, 38, 79]
    assert mask_stream(1000).tolist() == lcg(1000)


def test_the_text_chunk_of_the_specification():
    found = decode_text(EXAMPLE)
    assert found["name"] == "t" and found["string_to_param"]["*"].tolist() == [[0.5, -1.0]]


def test_a_text_chunk_in_a_file(tmp_path):
    chunks = PngImagePlugin.PngInfo()
    chunks.add_text("sd-ti-embedding", EXAMPLE)
    Image.new("RGB", (8, 8), "red").save(tmp_path / "a.png", pnginfo=chunks)
    embedding = read_embedding(tmp_path / "a.png", "file name")
    assert (embedding.name, embedding.vectors_for("clip_l").tolist()) == ("t", [[0.5, -1.0]])


@pytest.mark.parametrize(("suffix", "options"), [(".png", {}), (".webp", {"lossless": True, "exact": True})])
@pytest.mark.parametrize("border", [0, 3])
def test_hidden_columns(tmp_path, image, suffix, options, border):
    pixels = np.pad(hide(content(), image), ((border, border), (border, border), (0, 0)))
    path = tmp_path / f"b{suffix}"
    Image.fromarray(pixels).save(path, **options)
    embedding = read_embedding(path, "file name")
    assert embedding.name == "hidden word"
    np.testing.assert_allclose(embedding.vectors_for("clip_l").numpy(),
                               np.float32(content()["string_to_param"]["*"]["TORCHTENSOR"]))


def test_a_chunk_goes_before_hidden_columns(tmp_path, image):
    chunks = PngImagePlugin.PngInfo()
    chunks.add_text("sd-ti-embedding", EXAMPLE)
    Image.fromarray(hide(content(), image)).save(tmp_path / "c.png", pnginfo=chunks)
    assert read_picture(tmp_path / "c.png")["name"] == "t"


def test_ordinary_pictures_carry_nothing(tmp_path, image):
    for number, pixels in enumerate((image, np.zeros_like(image), image * (image > 128),
                                     np.concatenate([image, np.zeros((64, 3, 3), np.uint8), image], axis=1))):
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
        assert read_picture(tmp_path / f"{number}.png") is None


@pytest.mark.parametrize("text", ["", "!", "e30", base64.b64encode(b"[1]").decode(), base64.b64encode(b"{").decode(),
                                  base64.b64encode(b"[" * 9000).decode(),
                                  base64.b64encode(b'{"a": {"TORCHTENSOR": [[1], [1, 2]]}}').decode(),
                                  base64.b64encode(b'{"a": {"TORCHTENSOR": "x"}}').decode()])
def test_damaged_chunks_are_no_content(text):
    assert decode_text(text) is None


def test_files_that_are_no_pictures(tmp_path):
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n nothing")
    (tmp_path / "b.jxl").write_bytes(b"\xff\x0a nothing")
    assert read_picture(tmp_path / "a.png") is None and read_picture(tmp_path / "b.jxl") is None
