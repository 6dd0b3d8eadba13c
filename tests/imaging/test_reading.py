import io
import struct
import time
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from modules.foundation.errors import InvalidRequestError, NotFoundError, WebUIError
from modules.foundation.size import Size
from modules.imaging.png import encode_png
from modules.imaging.reading import FORMATS, ReadingLimits, open_image, read_header

PICTURE = Image.linear_gradient("L").resize((32, 16)).convert("RGB")


def encoded(image, format_name, **options):
    buffer = io.BytesIO()
    image.save(buffer, format=format_name, **options)
    return buffer.getvalue()


def png_of_size(width, height, *chunks):
    """A PNG that claims a size and holds next to nothing."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    parts = [chunk(b"IHDR", header), *(chunk(*c) for c in chunks), chunk(b"IDAT", zlib.compress(bytes(999)))]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IEND", b"")


@pytest.mark.parametrize("format_name", FORMATS)
def test_every_allowed_format_is_read(format_name, tmp_path):
    data = encoded(PICTURE, format_name)
    (tmp_path / "misnamed.txt").write_bytes(data)
    for source in (data, tmp_path / "misnamed.txt"):
        image = open_image(source)
        assert (image.mode, image.size) == ("RGB", (32, 16))
        assert read_header(source).size == Size(32, 16) and read_header(source).format == format_name


@pytest.mark.parametrize("data", [
    b"", b"hello", b"%PDF-1.4\n", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%!PS-Adobe-3.0 EPSF-3.0\n",
    encoded(PICTURE, "PPM"), encoded(PICTURE, "ICO"), encoded(PICTURE, "EPS"), encoded(PICTURE, "TGA"),
])
def test_other_files_are_refused(data):
    with pytest.raises(InvalidRequestError, match="not a picture"):
        open_image(data)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("format_name", FORMATS)
def test_damaged_files_only_ever_give_a_clear_error(format_name):
    rng = np.random.default_rng(1)
    good = np.frombuffer(encoded(PICTURE, format_name), np.uint8)
    for _ in range(60):
        bad = good[:rng.integers(1, len(good) + 1)].copy()
        bad[rng.integers(0, len(bad), 3)] = rng.integers(0, 256, 3)
        try:
            open_image(bad.tobytes())
        except WebUIError as error:
            assert error.message and error.remedy


@pytest.mark.parametrize("size", [(14_000, 13_000), (2**31 - 1, 1), (8001, 8001)])
def test_a_huge_picture_is_refused_before_it_is_decoded(size):
    data = png_of_size(*size)
    tracemalloc.start()
    start = time.perf_counter()
    with pytest.raises(InvalidRequestError, match="too large"):
        open_image(data)
    assert time.perf_counter() - start < 0.5
    assert tracemalloc.get_traced_memory()[1] < 5 * 2**20
    tracemalloc.stop()


def test_limits_can_be_set_and_the_field_is_named():
    data = encoded(PICTURE, "PNG")
    for limits in (ReadingLimits(pixels=100), ReadingLimits(file_bytes=100)):
        with pytest.raises(InvalidRequestError) as raised:
            open_image(data, limits, field="mask")
        assert raised.value.field == "mask"


def test_compressed_text_bombs_are_harmless():
    bomb = b"Comment\0\0" + zlib.compress(bytes(50 * 2**20))
    with pytest.raises(WebUIError):
        open_image(png_of_size(8, 8, (b"zTXt", bomb)))


def test_a_missing_file():
    with pytest.raises(NotFoundError):
        open_image(Path("/nowhere/x.png"))


@pytest.mark.parametrize("image, mode", [
    (PICTURE.convert("L"), "RGB"), (PICTURE.convert("1"), "RGB"), (PICTURE.convert("P"), "RGB"),
    (PICTURE.convert("LA"), "RGBA"), (PICTURE.convert("RGBA"), "RGBA"),
])
def test_modes(image, mode):
    assert open_image(encoded(image, "PNG")).mode == mode


def test_palette_transparency_becomes_alpha():
    image = Image.new("P", (2, 1))
    image.putpalette([255, 0, 0, 0, 255, 0])
    image.putpixel((1, 0), 1)
    opened = open_image(encoded(image, "PNG", transparency=0))
    assert [opened.getpixel((x, 0)) for x in (0, 1)] == [(255, 0, 0, 0), (0, 255, 0, 255)]


@pytest.mark.parametrize("values, format_name", [
    (np.full((2, 2), 128 * 257, np.uint16), "PNG"), (np.full((2, 2), 128 * 257, np.int32), "TIFF"),
    (np.full((2, 2), 128 / 255, np.float32), "TIFF"), (np.full((2, 2), 128, np.float32), "TIFF"),
])
def test_deep_greys_keep_their_brightness(values, format_name):
    assert open_image(encoded(Image.fromarray(values), format_name)).getpixel((0, 0)) == (128,) * 3


def test_cmyk_and_orientation():
    exif = Image.Exif()
    exif[0x0112] = 6
    image = open_image(encoded(PICTURE.convert("CMYK"), "JPEG", exif=exif))
    assert (image.mode, image.size) == ("RGB", (16, 32))


@pytest.mark.parametrize("format_name", ["GIF", "WEBP"])
def test_the_first_frame_of_an_animation(format_name):
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    data = encoded(frames[0], format_name, save_all=True, append_images=frames[1:], lossless=True)
    assert open_image(data).getpixel((4, 4)) == pytest.approx((255, 0, 0), abs=2)


def test_text_survives():
    data = encode_png(PICTURE.convert("L"), {"parameters": "cat"})
    assert open_image(data).info["parameters"] == "cat" == read_header(data).info["parameters"]
