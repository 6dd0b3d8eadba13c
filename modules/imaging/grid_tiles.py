"""Cutting a picture into overlapping tiles and putting them together without seams."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image

from modules.foundation.size import Size


@dataclass(frozen=True)
class Tile:
    """A piece of a picture and where its top left corner lies."""

    x: int
    y: int
    image: Image.Image


@dataclass(frozen=True)
class TileGrid:
    """Tiles by row, all of one size; neighbours share at least ``overlap_px`` pixels."""

    size: Size
    tile: Size
    overlap_px: int
    rows: tuple[tuple[Tile, ...], ...]


def tile_offsets(length: int, tile: int, overlap_px: int) -> list[int]:
    """Spread tiles evenly over a side, the last one flush with its end.

    A side shorter than the tile gives one negative offset: the tile then hangs over.
    """
    count = math.ceil((length - overlap_px) / (tile - overlap_px))
    step = (length - tile) / (count - 1) if count > 1 else 0
    return [min(int(index * step), length - tile) for index in range(count)]


def split_grid(image: Image.Image, tile: Size, overlap_px: int) -> TileGrid:
    """Cut a picture into tiles of one size.

    Raises: ValueError where the overlap is not smaller than the tile.
    """
    if not 0 <= overlap_px < min(tile.width, tile.height):
        raise ValueError(f"an overlap of {overlap_px} px does not fit tiles of {tile}")
    columns = tile_offsets(image.width, tile.width, overlap_px)
    rows = tuple(
        tuple(Tile(x, y, image.crop((x, y, x + tile.width, y + tile.height))) for x in columns)
        for y in tile_offsets(image.height, tile.height, overlap_px))
    return TileGrid(Size(image.width, image.height), tile, overlap_px, rows)


def combine_grid(grid: TileGrid) -> Image.Image:
    """Put tiles together, each fading in over its left and top neighbour along the overlap."""
    canvas = Image.new("RGB", (grid.size.width, grid.size.height))
    for row in grid.rows:
        band = Image.new("RGB", (grid.size.width, grid.tile.height))
        for tile in row:
            _blend(band, tile.image, (tile.x, 0), _ramp(grid.overlap_px, grid.tile.height, across=True))
        _blend(canvas, band, (0, row[0].y), _ramp(grid.overlap_px, grid.size.width, across=False))
    return canvas


def _ramp(overlap_px: int, length: int, *, across: bool) -> Image.Image | None:
    """Make a mask that rises from 0 over the overlap, left to right or top to bottom."""
    if overlap_px == 0:
        return None
    values = (np.arange(overlap_px, dtype=np.float32) * 255 / overlap_px).astype(np.uint8)
    mask = np.tile(values, (length, 1))
    return Image.fromarray(mask if across else np.ascontiguousarray(mask.T))


def _blend(canvas: Image.Image, piece: Image.Image, position: tuple[int, int],
           ramp: Image.Image | None) -> None:
    """Paste a piece, mixing its first pixels with what is already there; the first piece is not mixed."""
    x, y = position
    if ramp is None or (x <= 0 and y <= 0):
        canvas.paste(piece, position)
        return
    canvas.paste(piece.crop((0, 0, ramp.width, ramp.height)), position, mask=ramp)
    dx, dy = (ramp.width, 0) if x > 0 else (0, ramp.height)
    canvas.paste(piece.crop((dx, dy, piece.width, piece.height)), (x + dx, y + dy))
