"""Grids, legends and tiles under the names and shapes that scripts know."""

from __future__ import annotations

import math
from collections import namedtuple
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from modules.compat.facade import facade
from modules.foundation.size import Size
from modules.imaging import grid_tiles
from modules.imaging.grid_annotations import Label, LegendStyle, annotate_grid, load_font
from modules.imaging.grids import GridLayout, choose_layout
from modules.imaging.grids import image_grid as paste_grid


class Grid(namedtuple("Grid", ("tiles", "tile_w", "tile_h", "image_w", "image_h", "overlap"))):
    """A picture in tiles: rows ``[y, tile_h, row]``, each row a list of ``[x, tile_w, image]`` that may be changed."""

    @property
    def tile_count(self) -> int:
        return sum(len(row[2]) for row in self.tiles)


class GridAnnotation:
    """A text of a legend; inactive ones are struck through."""

    def __init__(self, text: str = "", is_active: bool = True) -> None:
        self.text = text
        self.is_active = is_active
        self.size: tuple[int, int] | None = None


Texts = Sequence[Sequence[GridAnnotation]]


def image_grid(imgs: Sequence[Image.Image], batch_size: int = 1, rows: int | None = None) -> Image.Image:
    """Put pictures on one sheet; callbacks may change what and how many to a row."""
    opts, callbacks = facade("shared").opts, facade("script_callbacks")
    layout = choose_layout(len(imgs), opts.n_rows if rows is None else max(int(rows), 1), batch_size=batch_size,
                           prevent_empty=opts.grid_prevent_empty_spots)
    params = callbacks.ImageGridLoopParams(list(imgs), layout.columns, layout.rows)
    callbacks.image_grid_callback(params)
    return paste_grid(params.imgs, GridLayout(params.rows, params.cols), opts.grid_background_color)


def split_grid(image: Image.Image, tile_w: int = 512, tile_h: int = 512, overlap: int = 64) -> Grid:
    """Cut a picture into overlapping tiles. Raises: ValueError."""
    cut = grid_tiles.split_grid(image, Size(tile_w, tile_h), overlap)
    tiles = [[row[0].y, tile_h, [[tile.x, tile_w, tile.image] for tile in row]] for row in cut.rows]
    return Grid(tiles, tile_w, tile_h, image.width, image.height, overlap)


def combine_grid(grid: Any) -> Image.Image:
    """Put tiles together again; each fades in over its neighbours."""
    rows = tuple(tuple(grid_tiles.Tile(tile[0], y, tile[2]) for tile in row) for y, _, row in grid.tiles)
    return grid_tiles.combine_grid(grid_tiles.TileGrid(
        Size(grid.image_w, grid.image_h), Size(grid.tile_w, grid.tile_h), grid.overlap, rows))


def draw_grid_annotations(im: Image.Image, width: int, height: int, hor_texts: Texts, ver_texts: Texts,
                          margin: int = 0) -> Image.Image:
    """Draw titles above the columns and beside the rows of a grid of cells of ``width`` x ``height``."""
    layout = GridLayout(im.height // height, im.width // width)
    labels = [[[Label(str(text.text), bool(text.is_active)) for text in texts] for texts in side]
              for side in (hor_texts, ver_texts)]
    return annotate_grid(im, layout, labels[0], labels[1], _legend_style(margin))


def draw_prompt_matrix(im: Image.Image, width: int, height: int, all_prompts: Sequence[str],
                       margin: int = 0) -> Image.Image:
    """Draw which optional parts of a prompt each column and row has; the first prompt is the fixed part."""
    optional = list(all_prompts[1:])
    half = math.ceil(len(optional) / 2)
    columns, rows = (_combinations(parts) for parts in (optional[:half], optional[half:]))
    return draw_grid_annotations(im, width, height, columns, rows, margin)


def get_font(fontsize: int) -> Any:
    """Return the font of legends: the one of the settings, else Roboto."""
    return load_font(max(1, int(fontsize)), _font_file())


def _combinations(parts: Sequence[str]) -> list[list[GridAnnotation]]:
    return [[GridAnnotation(part, bool(taken & 1 << bit)) for bit, part in enumerate(parts)]
            for taken in range(1 << len(parts))]


def _legend_style(margin: int) -> LegendStyle:
    opts = facade("shared").opts
    return LegendStyle(opts.grid_text_active_color, opts.grid_text_inactive_color, opts.grid_background_color,
                       _font_file(), int(margin))


def _font_file() -> Path | None:
    name = str(facade("shared").opts.font or "").strip()
    return Path(name) if name else None
