import colorsys

import numpy as np
import pytest
from PIL import Image

from modules.imaging.color_correction import blend_luminosity, color_target, correct_colors


@pytest.fixture
def photo(fixtures):
    return Image.open(fixtures / "imaging" / "a128.png").convert("RGB")


def grey(pixels):
    return np.asarray(pixels).astype(float) @ [0.299, 0.587, 0.114]


def test_its_own_colours_leave_a_picture_nearly_as_it_is(photo):
    corrected = np.asarray(correct_colors(photo, color_target(photo))).astype(int)
    assert abs(corrected - np.asarray(photo)).mean() < 3


def test_a_cast_is_taken_back_and_brightness_kept(photo):
    pixels = np.asarray(photo).astype(float)
    cast = Image.fromarray(np.clip(pixels * (0.6, 0.9, 1.2), 0, 255).astype(np.uint8))
    corrected = correct_colors(cast, color_target(photo))
    assert (corrected.size, corrected.mode) == (photo.size, "RGB")

    def balance(image):
        return np.asarray(image).mean((0, 1)) - grey(image).mean()

    before, after = (abs(balance(image) - balance(photo)).max() for image in (cast, corrected))
    assert after < before / 3
    assert abs(grey(corrected) - grey(cast)).max() < 2


def slow_luminosity(color, brightness):
    """The W3C's SetLum and ClipColor for one pixel."""
    def lum(c):
        return c[0] * 0.299 + c[1] * 0.587 + c[2] * 0.114

    shift = lum(brightness) - lum(color)
    color = [channel + shift for channel in color]
    middle, low, high = lum(color), min(color), max(color)
    if low < 0:
        color = [middle + (channel - middle) * middle / (middle - low) for channel in color]
    if high > 1:
        color = [middle + (channel - middle) * (1 - middle) / (high - middle) for channel in color]
    return [int(min(max(channel, 0), 1) * 255) for channel in color]


def test_the_blend_mode_against_its_definition():
    rng = np.random.default_rng(3)
    colors, brightness = rng.integers(0, 256, (2, 20, 20, 3), dtype=np.uint8)
    expected = [[slow_luminosity(*pair) for pair in zip(*rows)]
                for rows in zip((colors / 255).tolist(), (brightness / 255).tolist())]
    assert abs(blend_luminosity(colors, brightness).astype(int) - expected).max() <= 1


def test_blending_a_picture_with_itself_changes_nothing(photo):
    pixels = np.asarray(photo)
    assert (blend_luminosity(pixels, pixels) == pixels).all()


@pytest.mark.parametrize("level", [0, 128, 255])
def test_grey_brightness_keeps_the_hue(level):
    color = np.full((1, 1, 3), (180, 90, 60), np.uint8)
    result = blend_luminosity(color, np.full((1, 1, 3), level, np.uint8))[0, 0]
    assert abs(grey(result) - level) <= 1.5
    if level == 128:
        assert colorsys.rgb_to_hsv(*result / 255)[0] == pytest.approx(colorsys.rgb_to_hsv(180, 90, 60)[0], abs=0.02)
