import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from modules.foundation.size import Size
from modules.imaging.upscaling.entry import Tiling
from modules.imaging.upscaling.network import load_upscaler
from modules.imaging.upscaling.tiles import (
    TileWatch,
    averaged_offsets,
    count_tiles,
    enlarge_in_grid,
    enlarge_weighted,
    enlarge_whole,
)

from .conftest import CPU, difference, picture

REACH_PX = 3
"""How far the test network sees: three convolutions of 3 x 3."""


class Doubler:
    """Repeats every pixel, whatever is around it, and notes how large pieces are."""

    scale = 2

    def __init__(self):
        self.pieces = []

    def __call__(self, pixels):
        self.pieces.append(tuple(pixels.shape[2:]))
        return torch.nn.functional.interpolate(pixels, scale_factor=2)


def watch():
    return TileWatch(0, None, None)


@pytest.mark.parametrize("enlarge", [enlarge_in_grid, enlarge_weighted])
def test_tiles_make_the_same_picture_as_the_whole_256_to_1024(enlarge, put):
    network = load_upscaler(put("ESRGAN/x.safetensors"), CPU, half=False)
    image = picture(256, 256)
    tiling = Tiling(192, 32)
    apart = difference(enlarge(image, network, tiling, watch()), enlarge_whole(image, network, watch()))
    seams = np.zeros_like(apart, dtype=bool)
    for offset in (64, 160, 192):  # tiles begin at 0 and 64 (grid), at 0 and 64 (averaged), and end at 192
        near = slice(4 * (offset - REACH_PX), 4 * (offset + REACH_PX))
        seams[near] = seams[:, near] = True
    assert apart[~seams].max() <= 1
    assert apart[~seams].size > 0.8 * apart.size


@settings(max_examples=40, deadline=None)
@given(width=st.integers(8, 90), height=st.integers(8, 90), tile=st.integers(8, 64), overlap=st.integers(0, 48))
def test_a_network_that_looks_at_single_pixels_shows_no_seams(width, height, tile, overlap):
    image, tiling = picture(width, height), Tiling(tile, overlap)
    expected = enlarge_whole(image, Doubler(), watch())
    for enlarge in (enlarge_in_grid, enlarge_weighted):
        network = Doubler()
        enlarged = enlarge(image, network, tiling, watch())
        assert difference(enlarged, expected).max() <= 1
        assert len(network.pieces) == count_tiles(Size(width, height), tiling, weighted=enlarge is enlarge_weighted)


def test_no_piece_is_larger_than_a_tile_however_large_the_picture():
    for enlarge in (enlarge_in_grid, enlarge_weighted):
        network = Doubler()
        enlarge(picture(500, 300), network, Tiling(64, 8), watch())
        assert set(network.pieces) == {(64, 64)}


def test_averaged_tiles_are_no_larger_than_the_picture():
    network = Doubler()
    enlarge_weighted(picture(50, 30), network, Tiling(192, 8), watch())
    assert set(network.pieces) == {(30, 30)}


@pytest.mark.parametrize("length, tile, overlap, expected", [
    (100, 100, 8, [0]), (256, 192, 8, [0, 64]), (500, 192, 8, [0, 184, 308]), (65, 64, 0, [0, 1]),
])
def test_averaged_tiles_lie_at_equal_steps(length, tile, overlap, expected):
    assert averaged_offsets(length, Tiling(tile, overlap)) == expected
