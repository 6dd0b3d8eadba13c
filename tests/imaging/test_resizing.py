import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from modules.foundation.size import Size
from modules.imaging.resizing import ResizeMode, contained_size, covering_size, resize_image

SIZES = st.builds(Size, st.integers(1, 60), st.integers(1, 60))


def noise(width, height, mode="RGB"):
    values = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(values).convert(mode)


@pytest.mark.parametrize("picture, target, covering, contained", [
    ((640, 480), (512, 512), (682, 512), (512, 384)),
    ((480, 640), (512, 512), (512, 682), (384, 512)),
    ((512, 512), (768, 512), (768, 768), (512, 512)),
    ((96, 64), (128, 128), (192, 128), (128, 85)),
    ((128, 128), (128, 128), (128, 128), (128, 128)),
    ((7, 5000), (512, 512), (512, 365714), (1, 512)),
    ((1, 1), (64, 192), (192, 192), (64, 64)),
])
def test_proportions(picture, target, covering, contained):
    assert covering_size(Size(*picture), Size(*target)) == Size(*covering)
    assert contained_size(Size(*picture), Size(*target)) == Size(*contained)


@settings(deadline=None)
@given(SIZES, SIZES, st.sampled_from(ResizeMode), st.sampled_from(["L", "RGB", "RGBA"]))
def test_size_and_mode_are_always_as_asked(picture, target, mode, colors):
    image = Image.new(colors, (picture.width, picture.height), "white")
    resized = resize_image(image, target, mode)
    assert (resized.size, resized.mode) == ((target.width, target.height), colors)
    assert min(np.asarray(resized).ravel()) == 255, "no seam, no uncovered bar"


def test_a_picture_of_the_right_size_stays():
    image = noise(30, 20)
    for mode in ResizeMode:
        assert resize_image(image, Size(30, 20), mode).tobytes() == image.tobytes()


def test_stretching_is_lanczos_and_latents_stretch():
    expected = noise(30, 20).resize((48, 40), Image.Resampling.LANCZOS).tobytes()
    for mode in (ResizeMode.STRETCH, ResizeMode.LATENT):
        assert resize_image(noise(30, 20), Size(48, 40), mode).tobytes() == expected


@pytest.mark.parametrize("size, target, enlarged, offset", [
    ((96, 64), (128, 128), (192, 128), (-32, 0)), ((64, 96), (65, 64), (65, 97), (0, -16)),
])
def test_cropping_is_centred(size, target, enlarged, offset):
    canvas = Image.new("RGB", target)
    canvas.paste(noise(*size).resize(enlarged, Image.Resampling.LANCZOS), offset)
    assert resize_image(noise(*size), Size(*target), ResizeMode.CROP).tobytes() == canvas.tobytes()


@pytest.mark.parametrize("turned", [False, True])
def test_bars_repeat_the_edge(turned):
    image = noise(40, 20)
    image.paste(Image.new("RGB", (40, 4), "red"), (0, 0))
    image.paste(Image.new("RGB", (40, 4), "blue"), (0, 16))
    image = image.transpose(Image.Transpose.TRANSPOSE) if turned else image
    pixels = np.asarray(resize_image(image, Size(40, 40), ResizeMode.FILL))
    pixels = pixels.transpose(1, 0, 2) if turned else pixels
    assert (pixels[:14] == (255, 0, 0)).all() and (pixels[26:] == (0, 0, 255)).all()
    inner = np.asarray(image).transpose(1, 0, 2) if turned else np.asarray(image)
    assert (pixels[10:30] == inner).all()


def test_bars_continue_the_edge_pixel_by_pixel():
    image = noise(8, 4)
    pixels = np.asarray(resize_image(image, Size(8, 9), ResizeMode.FILL)).astype(int)
    first, second = np.asarray(image).astype(int)[:2]
    assert (pixels[0] == pixels[1]).all() and (pixels[6:] == pixels[6]).all()
    assert abs(pixels[0] - np.clip(first * 1.125 - second * 0.125, 0, 255)).max() <= 1


@pytest.mark.parametrize("mode, target, factor", [
    (ResizeMode.STRETCH, (40, 20), 2.0), (ResizeMode.CROP, (40, 40), 4.0), (ResizeMode.FILL, (40, 40), 2.0),
])
def test_an_upscaler_helps_pictures_grow(mode, target, factor):
    factors = []

    def enlarge(image, scale):
        factors.append(scale)
        return image.resize((int(image.width * scale) + 3, int(image.height * scale) + 3))

    assert resize_image(noise(20, 10), Size(*target), mode, enlarge).size == target
    assert factors == [factor]
    resize_image(noise(20, 10, "L"), Size(*target), mode, enlarge)
    resize_image(noise(20, 10), Size(10, 5), mode, enlarge)
    assert factors == [factor], "neither masks nor pictures that shrink"


def test_covering_with_a_very_long_picture_stays_small():
    seen = []

    def enlarge(image, scale):
        seen.append(image.size)
        return image

    assert resize_image(noise(7, 5000), Size(512, 512), ResizeMode.CROP, enlarge).size == (512, 512)
    assert seen == [(7, 7)]
