import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from modules.foundation.box import Box
from modules.foundation.size import Size
from modules.imaging.compositing import keep_unmasked, lay_over, mask_composite, uncrop
from modules.imaging.masks import binary_mask, blur_mask, widen_mask
from modules.imaging.resizing import ResizeMode, resize_image


@pytest.fixture
def golden(fixtures):
    return lambda name: Image.open(fixtures / "imaging" / f"{name}.png")


@pytest.fixture
def overlay_mask(golden):
    return widen_mask(blur_mask(binary_mask(golden("mask-rect"), rounded=True), 4, 4))


def same(made, expected):
    return made.mode == expected.mode and made.tobytes() == expected.tobytes()


def test_a1111s_overlay_to_the_bit(golden, overlay_mask):
    bare = golden("inpaint.overlay_off-0")
    laid = lay_over(bare, keep_unmasked(golden("a128").convert("RGB"), overlay_mask), None)
    assert same(laid, golden("inpaint.original.whole-0"))
    assert same(overlay_mask.convert("RGB"), golden("inpaint.return_mask-1"))
    assert same(mask_composite(bare, overlay_mask, None), golden("inpaint.return_mask-2"))


def random_picture(rng, size, channels=3):
    return Image.fromarray(rng.integers(0, 256, (size.height, size.width, channels), dtype=np.uint8))


@settings(deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 24), st.integers(1, 24), st.booleans())
def test_where_the_mask_is_black_the_original_comes_back_exactly(seed, width, height, in_a_box):
    rng = np.random.default_rng(seed)
    size = Size(width, height)
    original, result = random_picture(rng, size), random_picture(rng, size)
    box = Box(width // 4, height // 4, width // 4 + (width + 1) // 2, height // 4 + (height + 1) // 2)
    values = rng.choice([0, 0, 0, 1, 127, 128, 254, 255], (height, width)).astype(np.uint8)
    if in_a_box:
        values[:box.y1] = values[box.y2:] = values[:, :box.x1] = values[:, box.x2:] = 0
    mask = Image.fromarray(values)
    laid = np.asarray(lay_over(result, keep_unmasked(original, mask), box if in_a_box else None))
    assert (laid[values == 0] == np.asarray(original)[values == 0]).all()
    shown = uncrop(result, size, box).convert("RGB") if in_a_box else result
    assert (laid[values == 255] == np.asarray(shown)[values == 255]).all()


def test_a_result_goes_back_into_its_box():
    result = random_picture(np.random.default_rng(0), Size(64, 64))
    canvas = np.asarray(uncrop(result, Size(50, 40), Box(10, 5, 42, 29)))
    assert (canvas[5:29, 10:42, :3] == np.asarray(resize_image(result, Size(32, 24), ResizeMode.CROP))).all()
    assert canvas[..., 3].sum() == 32 * 24 * 255


def test_the_composite_of_a_box_is_transparent_elsewhere():
    mask = Image.new("L", (20, 20))
    mask.paste(255, (4, 4, 12, 12))
    composite = np.asarray(mask_composite(Image.new("RGB", (64, 64), "red"), mask, Box(4, 4, 12, 12)))
    assert (composite[4:12, 4:12] == (255, 0, 0, 255)).all() and composite[..., 3].sum() == 64 * 255


def test_a_mask_of_another_size_is_an_error():
    with pytest.raises(ValueError):
        keep_unmasked(Image.new("RGB", (8, 8)), Image.new("L", (4, 4)))
