from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from modules.imaging.inpaint_sketch import SketchOptions, read_sketch

GREEN, RED = (0, 200, 0), (200, 0, 0)
BLOCK = (10, 10, 30, 20)


@pytest.fixture
def picture():
    return Image.new("RGB", (40, 30), GREEN)


@pytest.fixture
def painted(picture):
    """The picture with a red block, of which one pixel differs hardly at all."""
    copy = picture.copy()
    copy.paste(RED, BLOCK)
    copy.putpixel((12, 12), (0, 200, 1))
    return copy


def test_every_pixel_that_differs_is_the_mask(picture, painted):
    start, mask = read_sketch(picture, painted, SketchOptions())
    inside = np.asarray(mask) == 255
    assert inside[10:20, 10:30].all() and inside.sum() == 200
    assert start.tobytes() == painted.tobytes()


@pytest.mark.parametrize(("transparency", "brightness"), [(0, 255), (50, 128), (100, 0)])
def test_transparency_darkens_the_mask_and_lets_the_picture_through(picture, painted, transparency, brightness):
    start, mask = read_sketch(picture, painted, SketchOptions(transparency))
    assert mask.getextrema() == (0, brightness)
    assert start.getpixel((20, 15))[0] == pytest.approx(200 * brightness / 255, abs=2)


def test_blur_softens_the_picture_and_not_the_mask(picture, painted):
    start, mask = read_sketch(picture, painted, SketchOptions(blur_px=3))
    assert set(mask.tobytes()) == {0, 255}
    assert 0 < start.getpixel((8, 15))[0] < 200 and start.getpixel((0, 0)) == GREEN


def test_nothing_painted_masks_nothing(picture):
    start, mask = read_sketch(picture, picture.copy(), SketchOptions(20, 4))
    assert mask.getbbox() is None and start.tobytes() == picture.tobytes()


def test_what_is_transparent_stays_so(painted):
    clear = Image.new("RGBA", (40, 30))
    spot = clear.copy()
    spot.putpixel((5, 5), (*RED, 255))
    start, mask = read_sketch(clear, spot, SketchOptions())
    assert mask.getbbox() == (5, 5, 6, 6)
    assert start.mode == "RGBA" and start.getpixel((5, 5)) == (*RED, 255) and start.getpixel((6, 6))[3] == 0
