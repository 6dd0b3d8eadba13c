import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from modules.foundation.box import Box
from modules.foundation.size import Size
from modules.imaging.outpainting import (
    Canvas,
    ExtensionOptions,
    Fill,
    Growth,
    Side,
    extend,
    extend_side,
    mask_around,
    mend_seams,
    plan_canvas,
    seam_mask,
)

LEFT, RIGHT, UP, DOWN = Side
AMOUNTS = st.integers(0, 100)
SIDES = st.integers(1, 150)


def noise(width, height):
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8))


@pytest.mark.parametrize("size, amounts, extended, growths", [
    ((512, 512), (128, 128, 128, 128), (768, 768), {LEFT: 128, RIGHT: 128, UP: 128, DOWN: 128}),
    ((500, 512), (128, 0, 0, 0), (640, 512), {LEFT: 140}),
    ((512, 512), (100, 100, 0, 0), (768, 512), {LEFT: 128, RIGHT: 128}),
    ((600, 400), (0, 128, 0, 128), (768, 576), {RIGHT: 168, DOWN: 176}),
    ((500, 500), (0, 0, 0, 0), (500, 500), {}),
    ((500, 300), (0, 0, 64, 64), (500, 448), {UP: 74, DOWN: 74}),
])
def test_known_canvases(size, amounts, extended, growths):
    canvas = plan_canvas(Size(*size), *amounts)
    assert canvas.size == Size(*extended)
    assert canvas.growths == tuple(Growth(side, pixels) for side, pixels in growths.items())


@settings(deadline=None)
@given(SIDES, SIDES, AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS, st.sampled_from([8, 64]))
def test_canvases_hold_the_picture_and_at_least_what_was_asked(width, height, left, right, up, down, multiple_of):
    canvas = plan_canvas(Size(width, height), left, right, up, down, multiple_of)
    assert canvas.box.size == Size(width, height)
    grown = {growth.side: growth.pixels for growth in canvas.growths}
    for (one, other), asked, length in (((LEFT, RIGHT), (left, right), canvas.size.width),
                                        ((UP, DOWN), (up, down), canvas.size.height)):
        assert [side in grown for side in (one, other)] == [amount > 0 for amount in asked]
        assert grown.get(one, 0) >= asked[0] and grown.get(other, 0) >= asked[1]
        assert sum(asked) == 0 or length % multiple_of == 0


def black_box(mask):
    """Return the box of what is black, which has to be all black."""
    kept = mask.point(lambda value: 255 - value)
    box = kept.getbbox()
    assert box is None or kept.crop(box).getextrema() == (255, 255)
    return box


@pytest.mark.parametrize("side, region, kept, latent_kept", [
    (LEFT, (0, 0, 128, 128), (72, 0, 128, 128), (80, 0, 128, 128)),
    (RIGHT, (64, 0, 192, 128), (0, 0, 57, 128), (0, 0, 49, 128)),
    (UP, (0, 0, 128, 128), (0, 72, 128, 128), (0, 80, 128, 128)),
    (DOWN, (0, 64, 128, 192), (0, 0, 128, 57), (0, 0, 128, 49)),
])
def test_one_step_of_mk2(side, region, kept, latent_kept):
    image = noise(128, 128)
    step = extend_side(image, Growth(side, 64), Size(128, 128), ExtensionOptions(Fill.BLACK))
    assert step.region == Box(*region)
    assert black_box(step.mask) == kept and black_box(step.latent_mask) == latent_kept
    assert step.picture.size == step.mask.size == step.latent_mask.size == (128, 128)
    finished = np.asarray(step.finish(Image.new("RGB", (128, 128), "red")))
    assert finished.shape[:2] == (step.size.height, step.size.width)
    assert (finished == (255, 0, 0)).all(-1).sum() == 128 * 128
    outside = np.ones(finished.shape[:2], dtype=bool)
    outside[region[1]:region[3], region[0]:region[2]] = False
    x, y = (64 if side is LEFT else 0), (64 if side is UP else 0)
    placed = np.zeros_like(finished)
    placed[y:y + 128, x:x + 128] = np.asarray(image)
    assert (finished[outside] == placed[outside]).all()


def test_the_loop_of_mk2_ends_at_the_planned_size_with_the_picture_in_its_box():
    image = noise(100, 90)
    canvas = plan_canvas(Size(100, 90), 40, 40, 40, 40)
    grown = image
    for growth in canvas.growths:
        step = extend_side(grown, growth, Size(128, 128), ExtensionOptions(Fill.EDGE, 0, 0))
        assert step.canvas.width % 64 == step.canvas.height % 64 == 0
        grown = step.finish(step.picture)
    assert grown.size == (canvas.size.width, canvas.size.height)
    assert grown.crop(canvas.box.as_tuple()).tobytes() == image.tobytes()


@settings(deadline=None)
@given(SIDES, SIDES, AMOUNTS, AMOUNTS, st.sampled_from([8, 64]))
def test_regions_are_whole_latents_within_the_canvas(width, height, before, after, multiple_of):
    canvas = plan_canvas(Size(width, height), before, after, after, before, multiple_of)
    picture = Image.new("RGB", (width, height))
    for growth in canvas.growths:
        step = extend_side(picture, growth, Size(128, 64), ExtensionOptions(Fill.BLACK), multiple_of)
        region = step.region
        assert region.size.width % 8 == region.size.height % 8 == 0
        assert min(region.x1, region.y1) >= 0
        assert region.x2 <= step.canvas.width and region.y2 <= step.canvas.height
        picture = step.finish(step.picture)
    assert picture.size == (canvas.size.width, canvas.size.height)


def test_a_step_wider_than_the_window_has_nothing_to_keep():
    step = extend_side(noise(32, 32), Growth(RIGHT, 64), Size(64, 64), ExtensionOptions(Fill.BLACK), 32)
    assert step.region == Box(32, 0, 96, 32) and black_box(step.mask) is None


@pytest.mark.parametrize("fill", Fill)
@pytest.mark.parametrize("size", [(1, 1), (7, 200), (65, 33)])
def test_what_a_new_area_begins_with(fill, size):
    image = noise(*size)
    canvas = plan_canvas(Size(*size), 40, 10, 10, 40, multiple_of=8)
    extension = extend(image, canvas, ExtensionOptions(fill, mask_inset_px=0, latent_inset_px=0))
    assert extension.canvas.mode == "RGB" and extension.size == canvas.size
    assert extension.canvas.crop(canvas.box.as_tuple()).tobytes() == image.tobytes()
    assert extension.finish(extension.picture).size == (canvas.size.width, canvas.size.height)
    pixels = np.asarray(extension.canvas)
    left, top = canvas.box.x1, canvas.box.y1
    first = pixels[top, left]
    if fill is Fill.EDGE:
        assert (pixels[:top + 1, :left + 1] == first).all()
    elif fill is Fill.MIRROR:
        assert (pixels[top - 1, left - 1] == first).all()
    elif fill is Fill.BLACK:
        assert not pixels[:top].any() and not pixels[:, :left].any()
    elif size == (65, 33):
        assert pixels[:top].std() > 20


def test_noise_reaches_over_the_edge_as_far_as_the_mask():
    image = Image.new("RGB", (64, 64), (10, 200, 30))
    image.paste((250, 5, 90), (0, 0, 64, 20))
    step = extend_side(image, Growth(RIGHT, 64), Size(128, 64), ExtensionOptions(mask_inset_px=8))
    pixels, new = np.asarray(step.canvas), np.asarray(step.mask) > 0
    assert (pixels[:, :57] == np.asarray(image)[:, :57]).all()
    assert new[:, 57:].all() and pixels[new].std() > 20


def test_a_side_that_is_no_whole_multiple_is_filled_up_and_cut_off_again():
    image = noise(100, 50)
    extension = extend(image, plan_canvas(Size(100, 50), 28, 0, 0, 0), ExtensionOptions(Fill.MIRROR))
    assert extension.canvas.size == (128, 64) == extension.mask.size
    assert black_box(extension.mask) == (36, 0, 128, 50)
    assert extension.finish(extension.picture).size == (128, 50)


@pytest.mark.parametrize("sides, inset, kept", [
    ((LEFT, RIGHT, UP, DOWN), 8, (28, 18, 73, 63)), ((LEFT,), 8, (28, 10, 80, 70)), ((DOWN,), 2, (20, 10, 80, 69)),
    ((RIGHT, DOWN), 0, (20, 10, 80, 70)), ((LEFT, RIGHT), 40, None),
])
def test_masks_around_what_is_kept(sides, inset, kept):
    assert black_box(mask_around(Size(100, 90), Box(20, 10, 80, 70), sides, inset)) == kept


def test_the_seam_is_a_band_around_the_old_edge():
    mask = np.asarray(seam_mask(Canvas(Size(100, 60), Box(40, 0, 100, 60), 8), 16))
    assert np.flatnonzero(mask[30]).tolist() == list(range(32, 48))
    corner = np.asarray(seam_mask(Canvas(Size(100, 60), Box(0, 0, 80, 40), 8), 16))
    assert corner[:32, :72].max() == 0 == corner[48:].max() == corner[:, 88:].max()
    assert corner[47, 10] == corner[10, 87] == 255


def test_mending_fills_up_to_whole_latents():
    canvas = plan_canvas(Size(100, 50), 28, 0, 0, 0, multiple_of=8)
    mending = mend_seams(noise(128, 50), canvas, 16)
    assert mending.picture.size == mending.mask.size == mending.latent_mask.size == (128, 56)
    assert mending.mask.getbbox() == (20, 0, 36, 50)
    assert mending.finish(mending.picture).tobytes() == noise(128, 50).tobytes()


def test_nothing_to_extend():
    image = noise(64, 64)
    canvas = plan_canvas(Size(64, 64), 0, 0, 0, 0)
    extension = extend(image, canvas, ExtensionOptions())
    assert extension.finish(extension.picture).tobytes() == image.tobytes()
    assert extension.mask.getextrema() == (0, 0) == seam_mask(canvas, 16).getextrema()
