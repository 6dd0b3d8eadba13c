"""Several pictures on one canvas."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from modules.foundation.errors import InvalidRequestError
from modules.foundation.size import Size

MAX_CANVAS_PIXELS = 200_000_000


@dataclass(frozen=True)
class GridLayout:
    """Rows and columns of a grid; cells are filled row by row."""

    rows: int
    columns: int


def choose_layout(count: int, rows: int = -1, *, batch_size: int = 1,
                  prevent_empty: bool = False) -> GridLayout:
    """Arrange ``count`` pictures: in ``rows`` rows, 0 for one per batch, negative for about a square.

    ``prevent_empty`` takes a number of rows that leaves no cell free.
    """
    if rows == 0:
        rows = batch_size
    elif rows < 0:
        rows = _largest_divisor(count) if prevent_empty else round(math.sqrt(count))
    rows = max(1, min(rows, count))
    return GridLayout(rows, math.ceil(count / rows))


def image_grid(pictures: Sequence[Image.Image], layout: GridLayout, background: str = "#ffffff") -> Image.Image:
    """Paste pictures into cells as large as the largest of them; smaller ones are centred.

    Raises: InvalidRequestError where the canvas would exceed ``MAX_CANVAS_PIXELS``.
    """
    if not pictures:
        raise InvalidRequestError("images", "A grid needs at least one picture.")
    cell = Size(max(p.width for p in pictures), max(p.height for p in pictures))
    check_canvas(cell.width * layout.columns, cell.height * layout.rows)
    grid = Image.new("RGB", (cell.width * layout.columns, cell.height * layout.rows), background)
    for index, picture in enumerate(pictures[:layout.rows * layout.columns]):
        left = index % layout.columns * cell.width + (cell.width - picture.width) // 2
        top = index // layout.columns * cell.height + (cell.height - picture.height) // 2
        grid.paste(picture, (left, top))
    return grid


def check_canvas(width: int, height: int) -> None:
    if width * height > MAX_CANVAS_PIXELS:
        raise InvalidRequestError(
            "n_rows", f"A grid of {width}x{height} is larger than {MAX_CANVAS_PIXELS / 1e6:.0f} million pixels.",
            remedy="Make several smaller grids.")


def _largest_divisor(count: int) -> int:
    """Return the largest divisor that is at most the square root."""
    return next(rows for rows in range(max(1, math.isqrt(count)), 0, -1) if count % rows == 0)
