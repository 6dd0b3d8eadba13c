from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from modules.foundation.size import Size
from modules.imaging.grid_tiles import combine_grid, split_grid, tile_offsets

RECORDED = [
    ((256, 256), (128, 128), 32, [0, 64, 128], [0, 64, 128]),
    ((192, 192), (64, 64), 16, [0, 42, 85, 128], [0, 42, 85, 128]),
    ((300, 200), (128, 128), 64, [0, 57, 114, 172], [0, 36, 72]),
    ((128, 128), (128, 128), 64, [0], [0]),
    ((513, 511), (192, 192), 8, [0, 160, 321], [0, 159, 319]),
    ((100, 100), (192, 192), 8, [-92], [-92]),
    ((1024, 1024), (512, 512), 64, [0, 256, 512], [0, 256, 512]),
    ((1000, 600), (512, 512), 64, [0, 244, 488], [0, 88]),
]


def picture(width, height):
    values = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(values)


@pytest.mark.parametrize("size, tile, overlap, columns, rows", RECORDED)
def test_recorded_offsets(size, tile, overlap, columns, rows):
    grid = split_grid(Image.new("RGB", size), Size(*tile), overlap)
    assert [[(t.x, t.y) for t in row] for row in grid.rows] == [[(x, y) for x in columns] for y in rows]
    assert {t.image.size for row in grid.rows for t in row} == {tile}


@pytest.mark.parametrize("size, tile, overlap", [
    ((300, 200), (128, 128), 64), ((192, 192), (64, 64), 16), ((130, 70), (64, 64), 0), ((64, 64), (64, 64), 8),
    ((100, 150), (128, 128), 16),
])
def test_untouched_tiles_give_the_picture_back(size, tile, overlap):
    image = picture(*size)
    again = np.asarray(combine_grid(split_grid(image, Size(*tile), overlap))).astype(int)
    assert np.abs(again - np.asarray(image)).max() <= 1


def test_neighbours_fade_into_each_other():
    grid = split_grid(Image.new("RGB", (24, 16)), Size(16, 16), 8)
    black_then_white = [Image.new("RGB", (16, 16), colour) for colour in ("black", "white")]
    tiles = tuple(replace(tile, image=image) for tile, image in zip(grid.rows[0], black_then_white))
    row = np.asarray(combine_grid(replace(grid, rows=(tiles,))))[0, :, 0]
    assert row.tolist() == [0] * 8 + [255 * i // 8 for i in range(8)] + [255] * 8


@pytest.mark.parametrize("overlap", [-1, 64, 99])
def test_an_overlap_must_be_smaller_than_the_tile(overlap):
    with pytest.raises(ValueError):
        split_grid(Image.new("RGB", (100, 100)), Size(64, 64), overlap)


def test_the_last_tile_is_flush_with_the_end():
    for length in range(64, 400):
        assert tile_offsets(length, 64, 16)[-1] == length - 64
