"""The legend of a grid: texts above its columns and beside its rows.

Reference: A1111 v1.10.1 draws its legends at these places and sizes, with the same font.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from modules.foundation.size import Size
from modules.imaging.grids import GridLayout, check_canvas

FONT_FILE = Path(__file__).parent / "fonts" / "Roboto-Regular.ttf"
STRIKE_WIDTH_PX = 4
MAX_LABEL_CHARS = 2000
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
Labels = Sequence[Sequence["Label"]]
"""One list of labels per column or row; they are stacked on top of each other."""


@dataclass(frozen=True)
class Label:
    """A text of the legend. An inactive one is grey and struck through."""

    text: str
    active: bool = True


@dataclass(frozen=True)
class LegendStyle:
    """Colours and font of a legend; without a font file, Roboto."""

    active_colour: str = "#000000"
    inactive_colour: str = "#999999"
    background: str = "#ffffff"
    font_file: Path | None = None
    margin_px: int = 0


@dataclass(frozen=True)
class _Line:
    """One line of a text, measured, and as wide as it may be."""

    text: str
    active: bool
    width_px: int
    height_px: int
    room_px: int


@dataclass(frozen=True)
class _Pen:
    draw: ImageDraw.ImageDraw
    style: LegendStyle
    font_px: int

    @property
    def spacing_px(self) -> int:
        return self.font_px // 2


def annotate_grid(grid: Image.Image, layout: GridLayout, columns: Labels, rows: Labels,
                  style: LegendStyle | None = None) -> Image.Image:
    """Return a grid with a legend above and to the left, and a margin between its cells.

    Raises: ValueError where there is not a list of labels for every column and row; InvalidRequestError for a grid
    that gets too large.
    """
    style = style or LegendStyle()
    if (len(columns), len(rows)) != (layout.columns, layout.rows):
        raise ValueError(f"a grid of {layout.columns} columns and {layout.rows} rows cannot have "
                         f"{len(columns)} column titles and {len(rows)} row titles")
    cell = Size(grid.width // layout.columns, grid.height // layout.rows)
    font_px = max(1, (cell.width + cell.height) // 25)
    pad_left = cell.width * 3 // 4 if any(label.text for row in rows for label in row) else 0
    above = [_break_up(column, cell.width, font_px, style) for column in columns]
    beside = [_break_up(row, pad_left, font_px, style) for row in rows]
    has_titles = any(label.text for column in columns for label in column)
    pad_top = max(_stack_height(lines, font_px // 2) for lines in above) + font_px // 2 * 2 if has_titles else 0
    canvas = _spread_cells(grid, layout, (pad_left, pad_top), style)
    pen = _Pen(ImageDraw.Draw(canvas), style, font_px)
    for index, lines in enumerate(above):
        x = pad_left + (cell.width + style.margin_px) * index + cell.width / 2
        _draw_stack(pen, lines, x, pad_top / 2 - _stack_height(lines, pen.spacing_px) / 2)
    for index, lines in enumerate(beside):
        middle = pad_top + (cell.height + style.margin_px) * index + cell.height / 2
        # without the gaps between lines, as A1111 reckons here, though not above
        _draw_stack(pen, lines, pad_left / 2, middle - _stack_height(lines, 0) / 2)
    return canvas


def load_font(size_px: int, file: Path | None = None) -> Font:
    """Return a font of a size; the one that comes with the program where the file cannot be read."""
    return _load_font(file, size_px)


def _spread_cells(grid: Image.Image, layout: GridLayout, pad: tuple[int, int], style: LegendStyle) -> Image.Image:
    width, height = grid.width // layout.columns, grid.height // layout.rows
    size = (grid.width + pad[0] + style.margin_px * (layout.columns - 1),
            grid.height + pad[1] + style.margin_px * (layout.rows - 1))
    check_canvas(*size)
    canvas = Image.new("RGB", size, style.background)
    for row in range(layout.rows):
        for column in range(layout.columns):
            cell = grid.crop((width * column, height * row, width * (column + 1), height * (row + 1)))
            canvas.paste(cell, (pad[0] + (width + style.margin_px) * column,
                                pad[1] + (height + style.margin_px) * row))
    return canvas


def _break_up(labels: Sequence[Label], room_px: int, font_px: int, style: LegendStyle) -> list[_Line]:
    """Break labels at their words into lines that fit, as far as they can."""
    font = _load_font(style.font_file, font_px)
    return [_Line(text, label.active, *_measure(text, font), room_px)
            for label in labels for text in _wrap(label.text[:MAX_LABEL_CHARS], font, room_px)]


def _wrap(text: str, font: Font, room_px: int) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= room_px:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _measure(text: str, font: Font) -> tuple[int, int]:
    left, top, right, bottom = font.getbbox(text)
    return round(right - left), round(bottom - top)


@lru_cache(maxsize=64)
def _load_font(file: Path | None, size_px: int) -> Font:
    if file is not None:
        try:
            return ImageFont.truetype(str(file), size_px)
        except OSError:  # a font that is gone must not cost a finished grid
            pass
    return ImageFont.truetype(str(FONT_FILE), size_px)


def _stack_height(lines: Sequence[_Line], spacing_px: int) -> int:
    return sum(line.height_px + spacing_px for line in lines) - spacing_px if lines else 0


def _draw_stack(pen: _Pen, lines: Sequence[_Line], x: float, y: float) -> None:
    """Draw lines one below the other, centred at ``x``; what is too wide gets smaller letters."""
    for line in lines:
        font, font_px = _load_font(pen.style.font_file, pen.font_px), pen.font_px
        while font_px > 1 and _measure(line.text, font)[0] > line.room_px:
            font_px -= 1
            font = _load_font(pen.style.font_file, font_px)
        colour = pen.style.active_colour if line.active else pen.style.inactive_colour
        pen.draw.text((x, y + line.height_px / 2), line.text, fill=colour, font=font, anchor="mm")
        if not line.active:
            half, middle = line.width_px // 2, y + line.height_px // 2
            pen.draw.line((x - half, middle, x + half, middle), fill=colour, width=STRIKE_WIDTH_PX)
        y += line.height_px + pen.spacing_px
