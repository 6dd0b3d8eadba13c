import io
import time
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from modules.imaging import png
from modules.imaging.png import encode_png


def decoded(data):
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def noisy_picture(side, mode="RGB"):
    rng = np.random.default_rng(0)
    smooth = Image.fromarray(rng.integers(0, 255, (side // 16, side // 16, 4), dtype=np.uint8), "RGBA")
    values = np.asarray(smooth.resize((side, side), Image.Resampling.BICUBIC)) + rng.normal(0, 3, (side, side, 4))
    return Image.fromarray(values.clip(0, 255).astype(np.uint8), "RGBA").convert(mode)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(["L", "RGB", "RGBA"]), st.integers(1, 9), st.integers(1, 9), st.randoms())
def test_pixels_come_back_exactly(mode, width, height, random):
    image = Image.frombytes(mode, (width, height), random.randbytes(width * height * len(mode)))
    again = decoded(encode_png(image))
    assert (again.mode, again.size, again.tobytes()) == (mode, image.size, image.tobytes())


@pytest.mark.parametrize("band_bytes", [1, 700, 10_000])
def test_bands_join_without_a_trace(monkeypatch, band_bytes):
    monkeypatch.setattr(png, "BAND_BYTES", band_bytes)
    image = noisy_picture(64)
    assert decoded(encode_png(image)).tobytes() == image.tobytes()


@pytest.mark.parametrize("mode", ["1", "P", "LA", "I;16", "CMYK"])
def test_other_modes_are_written_by_pillow(mode):
    image = noisy_picture(32).convert("L").convert(mode if mode != "CMYK" else "RGB")
    image.info["gamma"] = 0.5
    again = decoded(encode_png(image, {"parameters": "a"}))
    assert again.tobytes() == image.tobytes() and again.info["parameters"] == "a"


def test_a_colour_profile_is_kept():
    image = noisy_picture(32)
    image.info["icc_profile"] = b"profile"
    assert decoded(encode_png(image)).info["icc_profile"] == b"profile"


@pytest.mark.parametrize("text, chunk", [
    ("plain", b"tEXtparameters\0plain"), ("é", b"tEXtparameters\0\xe9"),
    ("名", b"iTXtparameters\0\0\0\0\0" + "名".encode()), ("a\0b", b"tEXtparameters\0ab"),
    ("\ud800", b"iTXtparameters\0\0\0\0\0?"),
])
def test_text_chunks(text, chunk):
    data = encode_png(Image.new("RGB", (2, 2)), {"parameters": text, "extras": "x"})
    assert chunk in data and b"tEXtextras\0x" in data
    start = data.index(chunk)
    checksum = int.from_bytes(data[start + len(chunk):][:4], "big")
    assert checksum == zlib.crc32(chunk) and data.index(chunk) < data.index(b"IDAT")
    assert decoded(data).info["extras"] == "x"


def test_the_same_input_gives_the_same_bytes():
    image = noisy_picture(64)
    assert encode_png(image, {"a": "b"}) == encode_png(image.copy(), {"a": "b"})


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_it_is_several_times_faster_than_pillow_and_hardly_larger(mode):
    image = noisy_picture(512, mode)

    def seconds(write):
        start = time.process_time()
        write()
        return time.process_time() - start

    def write_with_pillow():
        image.save(buffer := io.BytesIO(), format="PNG")
        return buffer.getvalue()

    pairs = [(seconds(lambda: encode_png(image)), seconds(write_with_pillow)) for _ in range(4)]
    assert min(pillow for _, pillow in pairs) > 4 * min(own for own, _ in pairs)
    assert len(encode_png(image)) < 1.1 * len(write_with_pillow())
