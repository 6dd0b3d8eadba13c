"""Running a network over a picture piece by piece, so that memory depends on the piece."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import torch
from PIL import Image
from torch import Tensor

from modules.foundation.cancellation import Cancellation
from modules.foundation.size import Size
from modules.imaging.grid_tiles import Tile, TileGrid, combine_grid, split_grid, tile_offsets
from modules.imaging.upscaling.entry import Tiling
from modules.imaging.upscaling.pixels import to_image, to_tensor

OnTile = Callable[[int, int], None]
"""(tiles done, tiles in all)"""


class Enlarger(Protocol):
    """A network: pixels in, ``scale`` times as many along each side out. Shapes: [1,3,h,w]. Range: 0..1."""

    @property
    def scale(self) -> int: ...

    def __call__(self, pixels: Tensor) -> Tensor: ...


class StoppedError(Exception):
    """Somebody asked to stop; nothing is wrong."""


class TileWatch:
    """Counts tiles, tells about them, and stops between them."""

    def __init__(self, total: int, on_tile: OnTile | None, cancellation: Cancellation | None) -> None:
        self._total, self._done = total, 0
        self._on_tile, self._cancellation = on_tile, cancellation

    def run(self, network: Enlarger, pixels: Tensor) -> Tensor:
        """Enlarge one tile. Raises: StoppedError instead, once that is wanted."""
        if self._cancellation and self._cancellation.stop_now:
            raise StoppedError
        enlarged = network(pixels)
        self._done += 1
        if self._on_tile:
            self._on_tile(self._done, self._total)
        return enlarged


def enlarge_in_grid(image: Image.Image, network: Enlarger, tiling: Tiling, watch: TileWatch) -> Image.Image:
    """Enlarge tiles that fade into each other along their overlap. A smaller picture is padded to a whole tile."""
    tiling = fit_tiling(Size(*image.size), tiling, weighted=False)
    grid = split_grid(image, Size(tiling.tile_px, tiling.tile_px), tiling.overlap_px)
    factor, side = network.scale, tiling.tile_px * network.scale
    rows = tuple(tuple(Tile(tile.x * factor, tile.y * factor, to_image(watch.run(network, to_tensor(tile.image))))
                       for tile in row) for row in grid.rows)
    size = Size(image.width * factor, image.height * factor)
    return combine_grid(TileGrid(size, Size(side, side), tiling.overlap_px * factor, rows))


def enlarge_weighted(image: Image.Image, network: Enlarger, tiling: Tiling, watch: TileWatch) -> Image.Image:
    """Enlarge tiles and average them where they overlap; none is larger than the picture."""
    tiling = fit_tiling(Size(*image.size), tiling, weighted=True)
    factor, side = network.scale, tiling.tile_px * network.scale
    columns, rows = (averaged_offsets(length, tiling) for length in image.size)
    total = torch.zeros(1, 3, image.height * factor, image.width * factor)
    for y in rows:
        for x in columns:
            piece = image.crop((x, y, x + tiling.tile_px, y + tiling.tile_px))
            place = total[:, :, y * factor:y * factor + side, x * factor:x * factor + side]
            place += watch.run(network, to_tensor(piece))
    total /= _coverage(rows, image.height, side, factor)[:, None]
    total /= _coverage(columns, image.width, side, factor)
    return to_image(total)


def enlarge_whole(image: Image.Image, network: Enlarger, watch: TileWatch) -> Image.Image:
    """Enlarge a picture in one go, whatever memory that takes."""
    return to_image(watch.run(network, to_tensor(image)))


def fit_tiling(size: Size, tiling: Tiling, *, weighted: bool) -> Tiling:
    """Give tiles that suit a picture: an overlap of at most half a tile and less than the picture."""
    shorter = min(size.width, size.height)
    tile_px = min(tiling.tile_px, shorter) if weighted else tiling.tile_px
    return Tiling(tile_px, min(tiling.overlap_px, tile_px // 2, shorter - 1))


def averaged_offsets(length: int, tiling: Tiling) -> list[int]:
    """Lay tiles along a side at equal steps, the last one flush with its end."""
    step = max(1, tiling.tile_px - tiling.overlap_px)
    return [*range(0, length - tiling.tile_px, step), length - tiling.tile_px]


def count_tiles(size: Size, tiling: Tiling, *, weighted: bool) -> int:
    """Tell in how many pieces a picture of this size is enlarged."""
    if tiling.tile_px <= 0:
        return 1
    tiling = fit_tiling(size, tiling, weighted=weighted)
    across, down = (len(averaged_offsets(side, tiling) if weighted
                        else tile_offsets(side, tiling.tile_px, tiling.overlap_px))
                    for side in (size.width, size.height))
    return across * down


def _coverage(offsets: Sequence[int], length: int, side: int, factor: int) -> Tensor:
    """Count how many tiles cover each pixel along one side."""
    counts = torch.zeros(length * factor)
    for offset in offsets:
        counts[offset * factor:offset * factor + side] += 1
    return counts
