import math

import numpy as np
import pytest
from PIL import Image

from modules.foundation.size import Size
from modules.imaging.masks import binary_mask, blur_mask, fit_mask, invert_mask, latent_mask, widen_mask
from modules.imaging.resizing import ResizeMode


def grey(*rows):
    return Image.fromarray(np.array(rows, dtype=np.uint8))


def with_alpha(*alphas):
    image = Image.new("RGBA", (len(alphas), 1), "white")
    image.putalpha(grey(alphas))
    return image


@pytest.mark.parametrize("image, rounded, expected", [
    (with_alpha(0, 128, 129, 255), True, [0, 0, 255, 255]),
    (with_alpha(0, 128, 129, 255), False, [0, 128, 129, 255]),
    (with_alpha(0, 0), True, [0, 0]),
    (with_alpha(255, 255), True, [255, 255]),
    (with_alpha(0, 255).convert("LA"), True, [0, 255]),
    (grey([0, 100, 200]), True, [0, 100, 200]),
    (grey([0, 100, 200]).convert("RGB"), False, [0, 100, 200]),
    (grey([0, 100, 200]).convert("RGBA"), True, [0, 100, 200]),
    (grey([0, 255]).convert("1"), True, [0, 255]),
    (grey([0, 255]).convert("P"), True, [0, 255]),
])
def test_where_a_mask_is_read_from(image, rounded, expected):
    mask = binary_mask(image, rounded=rounded)
    assert (mask.mode, np.asarray(mask)[0].tolist()) == ("L", expected)


def test_a_painted_mask_is_its_alpha(fixtures):
    image = Image.open(fixtures / "imaging" / "mask-rgba.png")
    mask = np.asarray(binary_mask(image, rounded=True))
    assert (mask == (np.asarray(image)[..., 3] > 128) * 255).all() and 0 < mask.mean() < 255


def test_inverting_and_widening():
    assert np.asarray(invert_mask(grey([0, 55, 255]))).tolist() == [[255, 200, 0]]
    assert np.asarray(widen_mask(grey([0, 1, 127, 128, 255]))).tolist() == [[0, 2, 254, 255, 255]]


def test_a_mask_of_another_size_is_fitted_like_its_picture():
    mask = grey([0, 0], [255, 255])
    assert fit_mask(mask, Size(2, 2), ResizeMode.CROP) is mask
    stretched = np.asarray(fit_mask(mask, Size(8, 4), ResizeMode.STRETCH))
    assert stretched.shape == (4, 8) and stretched[0].max() < 128 < stretched[-1].min()


def slow_blur(values, sigma):
    """Convolve along x with a Gaussian, mirrored at the edges without repeating them."""
    radius = int(2.5 * sigma + 0.5)
    kernel = np.array([math.exp(-(x / sigma) ** 2 / 2) for x in range(-radius, radius + 1)])
    padded = np.pad(values.astype(float), ((0, 0), (radius, radius)), mode="reflect")
    rows = [np.convolve(row, kernel / kernel.sum(), mode="valid") for row in padded]
    return np.rint(rows).astype(np.uint8)


@pytest.mark.parametrize("blur_x, blur_y", [(4, 4), (4, 0), (0, 4), (1, 7), (0.5, 2.5)])
def test_blurring_against_the_definition(blur_x, blur_y):
    values = np.zeros((40, 50), np.uint8)
    values[10:25, 20:45] = 255
    expected = slow_blur(values, blur_x) if blur_x else values
    expected = slow_blur(expected.T, blur_y).T if blur_y else expected
    blurred = np.asarray(blur_mask(Image.fromarray(values), blur_x, blur_y))
    assert abs(blurred.astype(int) - expected).max() <= 1


def test_how_far_a_blur_reaches():
    line = Image.new("L", (61, 1))
    line.putpixel((30, 0), 255)
    assert np.flatnonzero(np.asarray(blur_mask(line, 4, 0))[0]).tolist() == list(range(20, 41))


def test_no_blur_changes_nothing():
    mask = grey([0, 255, 0, 77])
    assert blur_mask(mask, 0, 0).tobytes() == mask.tobytes()


def test_the_mask_for_latents():
    mask = Image.new("L", (64, 32))
    mask.paste(255, (0, 0, 36, 32))
    soft = latent_mask(mask, Size(8, 4), rounded=False)
    assert (soft.shape, soft.dtype) == ((4, 8), np.float32)
    assert soft[0, 0] == 1 and soft[0, -1] == 0 and 0.4 < soft[0, 4] < 0.6
    assert set(np.unique(latent_mask(mask, Size(8, 4), rounded=True))) == {0.0, 1.0}
    coloured = Image.merge("RGB", [mask] * 3)
    assert (latent_mask(coloured, Size(8, 4), rounded=False) == soft).all()
