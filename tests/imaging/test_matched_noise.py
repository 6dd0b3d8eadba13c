import numpy as np
import pytest

from modules.imaging.matched_noise import matched_noise


@pytest.fixture
def picture():
    y, x = np.mgrid[:64, :96]
    pixels = np.stack([((37 * x + 91 * y) % 101) / 100, ((x * x + 13 * y) % 97) / 96,
                       ((5 * x + 3 * y * y) % 89) / 88], axis=-1)
    pixels[:, 64:] = 0
    return pixels


MASK = np.tile(np.arange(96) >= 60, (64, 1)).astype(float)


@pytest.mark.parametrize("exponent, variation, expected", [
    (1, 0.05, (0.937632, 0.440890, 0.131284)), (0.5, 0.05, (0.812193, 0.224913, 0.189824)),
    (1, 0.5, (0.865135, 0.317207, 0.038785)),
])
def test_recorded_values(picture, exponent, variation, expected):
    filled = matched_noise(picture, MASK, exponent, variation)
    assert filled[10, 70] == pytest.approx(expected, abs=2e-6)
    assert (filled[:, 60:].mean(), filled[:, 60:].std()) == pytest.approx((0.496109, 0.291349), abs=2e-6)
    if (exponent, variation) == (1, 0.05):
        assert filled[63, 95, 0] == pytest.approx(0.351532, abs=2e-6)


def test_the_picture_stays_and_the_noise_is_always_the_same(picture):
    filled = matched_noise(picture, MASK)
    assert (filled[:, :60] == picture[:, :60]).all()
    assert (matched_noise(picture, MASK) == filled).all()


@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("mask", [MASK, np.zeros_like(MASK), np.ones_like(MASK)], ids=["part", "none", "all"])
def test_flat_pictures_and_extreme_masks_give_finite_values(level, mask):
    filled = matched_noise(np.full((64, 96, 3), level), mask)
    assert np.isfinite(filled).all() and filled.min() >= 0 and filled.max() <= 1
    if mask is MASK:
        assert filled == pytest.approx(level), "noise of a flat picture has its colour"
