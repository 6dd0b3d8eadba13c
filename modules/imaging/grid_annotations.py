"""The legend of a grid: texts above its columns and beside its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from modules.foundation.size import Size
from modules.imaging.grids import GridLayout

STRIKE_WIDTH_PX = 4
MAX_LABEL_CHARS = 500
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
    """Colours and font of a legend; without a font file, the one that comes with Pillow."""

    active_colour: str = "#000000"
    inactive_colour: str = "#999999"
    background: str = "#ffffff"
    font_file: Path | None = None
    margin_px: int = 0


@dataclass(frozen=True)
class _Line:
    """A text wrapped to its place, measured, with the font that made it fit."""

    text: str
    active: bool
    font: Font
    height_px: int


def annotate_grid(grid: Image.Image, layout: GridLayout, columns: Labels, rows: Labels,
                  style: LegendStyle | None = None) -> Image.Image:
    """Return a grid with a legend above and to the left, and a margin between its cells."""
    style = style or LegendStyle()
    cell = Size(grid.width // layout.columns, grid.height // layout.rows)
    font_px = max(1, (cell.width + cell.height) // 25)
    spacing = font_px // 2
    pad_left = cell.width * 3 // 4 if any(label.text for row in rows for label in row) else 0
    above = [_fit(column, cell.width, font_px, style) for column in columns]
    beside = [_fit(row, pad_left, font_px, style) for row in rows]
    tallest = max((_stack_height(lines, spacing) for lines in above), default=0)
    pad_top = tallest + spacing * 2 if tallest else 0
    canvas = _spread_cells(grid, layout, (pad_left, pad_top), style)
    draw = ImageDraw.Draw(canvas)
    step_x, step_y = cell.width + style.margin_px, cell.height + style.margin_px
    for index, lines in enumerate(above):
        centre = (pad_left + step_x * index + cell.width / 2, pad_top / 2)
        _draw_stack(draw, lines, centre, spacing, style)
    for index, lines in enumerate(beside):
        centre = (pad_left / 2, pad_top + step_y * index + cell.height / 2)
        _draw_stack(draw, lines, centre, spacing, style)
    return canvas


def _spread_cells(grid: Image.Image, layout: GridLayout, pad: tuple[int, int], style: LegendStyle) -> Image.Image:
    width, height = grid.width // layout.columns, grid.height // layout.rows
    size = (grid.width + pad[0] + style.margin_px * (layout.columns - 1),
            grid.height + pad[1] + style.margin_px * (layout.rows - 1))
    canvas = Image.new("RGB", size, style.background)
    for row in range(layout.rows):
        for column in range(layout.columns):
            cell = grid.crop((width * column, height * row, width * (column + 1), height * (row + 1)))
            canvas.paste(cell, (pad[0] + (width + style.margin_px) * column,
                                pad[1] + (height + style.margin_px) * row))
    return canvas


def _fit(labels: Sequence[Label], width_px: int, font_px: int, style: LegendStyle) -> list[_Line]:
    return [_fit_label(label, width_px, font_px, style) for label in labels if label.text]


def _fit_label(label: Label, width_px: int, font_px: int, style: LegendStyle) -> _Line:
    """Wrap a label at its words, then shrink the font until it fits."""
    font = _load_font(style.font_file, font_px)
    text = _wrap(label.text[:MAX_LABEL_CHARS], font, width_px)
    while font_px > 1 and _measure(text, font)[0] > width_px:
        font_px -= 1
        font = _load_font(style.font_file, font_px)
    return _Line(text, label.active, font, _measure(text, font)[1])


def _wrap(text: str, font: Font, width_px: int) -> str:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if _measure(longer, font)[0] <= width_px or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines)


def _measure(text: str, font: Font) -> tuple[int, int]:
    left, top, right, bottom = ImageDraw.Draw(Image.new("L", (1, 1))).multiline_textbbox((0, 0), text, font)
    return round(right - left), round(bottom - top)


@lru_cache(maxsize=64)
def _load_font(file: Path | None, size_px: int) -> Font:
    if file is not None:
        try:
            return ImageFont.truetype(file, size_px)
        except OSError:  # a font that is gone must not cost a finished grid
            pass
    return ImageFont.load_default(size_px)


def _stack_height(lines: Sequence[_Line], spacing: int) -> int:
    return sum(line.height_px + spacing for line in lines) - spacing if lines else 0


def _draw_stack(draw: ImageDraw.ImageDraw, lines: Sequence[_Line], centre: tuple[float, float], spacing: int,
                style: LegendStyle) -> None:
    """Draw lines one below the other around a point."""
    x, y = centre[0], centre[1] - _stack_height(lines, spacing) / 2
    for line in lines:
        middle = (x, y + line.height_px / 2)
        colour = style.active_colour if line.active else style.inactive_colour
        draw.multiline_text(middle, line.text, fill=colour, font=line.font, anchor="mm", align="center")
        if not line.active:
            half = _measure(line.text, line.font)[0] / 2
            draw.line((x - half, middle[1], x + half, middle[1]), fill=colour, width=STRIKE_WIDTH_PX)
        y += line.height_px + spacing
