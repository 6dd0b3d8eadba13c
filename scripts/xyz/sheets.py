"""The sheets of a grid: its cells side by side under their titles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PIL import Image

from modules import errors, images, processing, shared
from modules.plugins.grids.failure import GridError, draw_failure
from modules.plugins.grids.order import NATURAL, Place, X, Y, Z, walk


class Sheets:
    """The pictures of a grid on their way to one sheet; they are made smaller where it would get too large."""

    def __init__(self, lengths: Place, margin_px: int) -> None:
        self._lengths = lengths
        self._margin_px = margin_px
        self._pictures: dict[Place, Any] = {}
        self.scale = 1.0

    def add(self, place: Place, image: Any) -> None:
        self.scale = min(self.scale, self._fitting(image.size))
        self._pictures[place] = self._shrunk(image)

    def draw(self, labels: Sequence[Sequence[str]], legend: bool) -> list[Any]:
        """Return the sheet of everything, and one for each value of the Z axis."""
        for _ in range(8):
            try:
                return self._draw(labels, legend)
            except Exception as error:  # a sheet that is larger than pictures may be; its titles need room too
                errors.display(error, "drawing the sheet of a grid; it is made smaller")
                self.scale *= 0.8
        return []

    def _draw(self, labels: Sequence[Sequence[str]], legend: bool) -> list[Any]:
        columns, rows, titles = ([[images.GridAnnotation(text)] for text in axis] for axis in labels)
        grids = []
        for iz in range(self._lengths[Z]):
            cells = [self._shrunk(self._pictures[ix, iy, iz])
                     for iy in range(self._lengths[Y]) for ix in range(self._lengths[X])]
            grid = images.image_grid(cells, rows=self._lengths[Y])
            if legend:
                width, height = max(cell.width for cell in cells), max(cell.height for cell in cells)
                grid = images.draw_grid_annotations(grid, width, height, columns, rows, self._margin_px)
            grids.append(grid)
        sheet = images.image_grid(grids, rows=1)
        if legend:
            width, height = max(grid.width for grid in grids), max(grid.height for grid in grids)
            sheet = images.draw_grid_annotations(sheet, width, height, titles, [[images.GridAnnotation()]])
        return [sheet, *grids]

    def _fitting(self, size: tuple[int, int]) -> float:
        """Return how much smaller cells of this size must be for a sheet within the limit of the settings."""
        columns, rows, sheets = self._lengths
        width = sheets * (columns * (size[0] + self._margin_px) + size[0])
        height = rows * (size[1] + self._margin_px) + size[1] // 2
        return min(1.0, (shared.opts.img_max_size_mp * 1e6 / max(width * height, 1)) ** 0.5)

    def _shrunk(self, image: Any) -> Any:
        size = image.info.get("whole_size", image.size)
        wanted = tuple(max(round(side * self.scale), 1) for side in size)
        if image.size == wanted:
            return image
        small = image.resize(wanted, images.LANCZOS)
        small.info["whole_size"] = size
        return small


def draw_xyz_grid(p: Any, xs: Sequence[Any], ys: Sequence[Any], zs: Sequence[Any], x_labels: Sequence[str],
                  y_labels: Sequence[str], z_labels: Sequence[str], cell: Callable[..., Any], draw_legend: bool,
                  include_lone_images: bool, include_sub_grids: bool, first_axes_processed: str,
                  second_axes_processed: str, margin_size: int) -> Any:
    """Make all cells and put them on sheets: the whole grid first, then one for each Z, then the single pictures.

    ``cell(x, y, z, ix, iy, iz)`` returns the ``Processed`` of a cell; one without pictures leaves its place to a blank,
    which says its ``error``. ``first_axes_processed`` names the outermost loop: ``x``, ``y`` or ``z``.
    """
    lengths: Place = (len(xs), len(ys), len(zs))
    outer, middle = ("xyz".index(name) for name in (first_axes_processed, second_axes_processed))
    made: dict[Place, Any] = {}
    blanks: dict[Place, str] = {}
    sheets = Sheets(lengths, int(margin_size))
    for place in walk(lengths, (outer, middle, 3 - outer - middle)):
        ix, iy, iz = place
        processed = cell(xs[ix], ys[iy], zs[iz], ix, iy, iz)
        if processed.images:
            sheets.add(place, processed.images[0])
            made[place] = _without_pictures(processed, keep=include_lone_images)
        else:
            blanks[place] = getattr(processed, "error", "")
    if not made:
        return _without_any(p, list(blanks.values()))
    for place, error in blanks.items():
        sheets.add(place, _blank(_first(made), error))
    return _collect(p, sheets.draw((x_labels, y_labels, z_labels), draw_legend), made,
                    lengths if include_lone_images else None, sheets.scale)


def _without_pictures(processed: Any, *, keep: bool) -> Any:
    """Let go of all pictures but the first, and of that too where nobody wants it besides the sheet."""
    processed.size, processed.mode = processed.images[0].size, processed.images[0].mode
    processed.images = processed.images[:1] if keep else []
    return processed


def _blank(first: Any, error: str) -> Any:
    if error:
        return draw_failure(first.size, error)
    return Image.new(first.mode, first.size)


def _without_any(p: Any, reasons: Sequence[str]) -> Any:
    """Return an empty result where somebody stopped the run. Raises: GridError where every cell failed."""
    failed = [reason for reason in reasons if reason]
    if failed:
        raise GridError(f"No cell of the grid could be made. The first said: {failed[0]}")
    return processing.Processed(p, [], p.seed, "")


def _first(made: dict[Place, Any], iz: int | None = None) -> Any:
    """Return the first cell that was made, of one sheet or of all; for a sheet without any, the first of all."""
    places = [place for place in made if iz in (None, place[Z])] or list(made)
    return made[min(places, key=lambda place: place[::-1])]


def _collect(p: Any, sheets: list[Any], made: dict[Place, Any], shown: Place | None, scale: float) -> Any:
    """Put sheets and single pictures into one result. Lists of prompts and seeds are those of the single pictures."""
    cells = [made.get(place) for place in walk(shown, NATURAL)] if shown else []
    lone = [cell for cell in cells if cell]
    firsts = [_first(made, iz) for iz in (None, *range(len(sheets) - 1))]
    first = firsts[0]
    if scale < 1:
        p.comment(f"The sheet would have been too large; its cells are {scale:.0%} of their size. The page of the grid "
                  "has them as they are.")
    return processing.Processed(
        p, [*sheets, *(cell.images[0] for cell in lone)], first.seed, first.infotexts[0], first.subseed,
        *([getattr(one, name)[0] for one in lone or [first]] for name in (
            "all_prompts", "all_negative_prompts", "all_seeds", "all_subseeds")),
        index_of_first_image=len(sheets), infotexts=[one.infotexts[0] for one in (*firsts[:len(sheets)], *lone)])
