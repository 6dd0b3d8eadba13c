import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from modules.artefacts.encoding import EmbeddedText, EncodingOptions, encode_picture
from modules.artefacts.metadata import read_picture_text
from modules.foundation.size import Size

TEXT = EmbeddedText("cat\nSteps: 1")


def opened(encoded):
    image = Image.open(io.BytesIO(encoded.data))
    image.load()
    return image


@pytest.mark.parametrize("extension, format_name, mode", [
    ("png", "PNG", "RGBA"), (".JPG", "JPEG", "RGB"), ("jpeg", "JPEG", "RGB"), ("webp", "WEBP", "RGB"),
    ("avif", "AVIF", "RGB"), ("gif", "GIF", "P"), ("tiff", "TIFF", "RGBA"), ("bmp", "BMP", "RGB"),
])
def test_formats(extension, format_name, mode):
    encoded = encode_picture(Image.new("RGBA", (16, 16), (255, 0, 0, 99)), extension, TEXT)
    image = opened(encoded)
    assert (image.format, image.mode, encoded.extension, encoded.note) == (
        format_name, mode, extension.lower().lstrip("."), "")


@pytest.mark.parametrize("size, extension", [((16384, 1), "webp"), ((1, 65536), "jpg"), ((2, 2), "exe"), ((2, 2), "")])
def test_what_a_format_cannot_hold_becomes_a_png(size, extension):
    encoded = encode_picture(Image.new("RGB", size), extension, TEXT)
    assert (encoded.extension, opened(encoded).format) == ("png", "PNG")
    assert opened(encoded).info["parameters"] == TEXT.infotext
    assert encoded.note.startswith("Saved as png:")


def test_quality_and_lossless_webp():
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8))
    sizes = [len(encode_picture(noise, "jpg", options=EncodingOptions(jpeg_quality=q)).data) for q in (20, 95)]
    assert sizes[0] < sizes[1]
    exact = encode_picture(noise, "webp", options=EncodingOptions(webp_lossless=True))
    assert opened(exact).tobytes() == noise.tobytes()


@pytest.mark.parametrize("extension", ["png", "jpg", "webp", "gif"])
def test_no_text_is_embedded_when_it_is_switched_off(extension):
    encoded = encode_picture(Image.new("RGB", (8, 8)), extension, TEXT, EncodingOptions(embed_text=False))
    assert read_picture_text(opened(encoded).info, Size(8, 8)).infotext == ""


def test_sixteen_bit_grey_keeps_its_brightness():
    image = Image.fromarray(np.full((16, 16), 128 * 257, np.uint16))
    assert abs(int(np.asarray(opened(encode_picture(image, "jpg")).convert("L"))[0, 0]) - 128) <= 1
    assert opened(encode_picture(image, "png")).mode.startswith("I")


def test_a_text_too_long_for_jpeg_is_reported():
    encoded = encode_picture(Image.new("RGB", (8, 8)), "jpg", EmbeddedText("x" * 40_000))
    assert encoded.text_lost and opened(encoded).format == "JPEG"


@pytest.mark.parametrize("extension", ["png", "jpg", "webp", "avif", "gif"])
def test_the_same_picture_and_text_give_the_same_file(extension):
    image = Image.linear_gradient("L").convert("RGB")
    assert encode_picture(image, extension, TEXT) == encode_picture(image.copy(), extension, TEXT)


@pytest.mark.parametrize("extension", ["jpg", "webp", "gif"])
def test_formats_with_room_for_one_text_carry_the_whole(extension):
    text = EmbeddedText("done", "extras", {"parameters": "made", "postprocessing": "done"}, whole="made, done")
    encoded = encode_picture(Image.new("RGB", (8, 8)), extension, text)
    assert read_picture_text(Image.open(io.BytesIO(encoded.data)).info, Size(8, 8)).infotext == "made, done"


@pytest.mark.parametrize("extension", ["png", "jpg", "webp"])
def test_a_colour_profile_is_kept(extension):
    image = Image.new("RGB", (8, 8))
    image.info["icc_profile"] = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    saved = Image.open(io.BytesIO(encode_picture(image, extension).data))
    assert saved.info["icc_profile"] == image.info["icc_profile"]
