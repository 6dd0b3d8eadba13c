"""What goes wrong with a grid, and the picture that stands where a cell failed: it says why."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PIL import Image, ImageDraw

from modules.foundation.errors import InvalidRequestError, WebUIError
from modules.imaging.grid_annotations import load_font

GROUND, INK = "#fef2f2", "#991b1b"
_MOST_CHARACTERS = 600


class GridError(WebUIError):
    """A grid of which every cell failed."""


def refused_values(message: str, *, remedy: str = "") -> InvalidRequestError:
    """Return the error for values that no grid can be begun with; they are the field ``script_args`` of a request."""
    return InvalidRequestError("script_args", message, remedy=remedy)


def draw_failure(size: tuple[int, int], message: str) -> Image.Image:
    """Return a picture of this size with a message in it, as much of it as fits."""
    width, height = max(size[0], 1), max(size[1], 1)
    image = Image.new("RGB", (width, height), GROUND)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, width - 1, height - 1), outline=INK)
    font_px = max(min(width, height) // 20, 9)
    font, margin = load_font(font_px), font_px // 2 + 1
    line_px = font_px + font_px // 3
    for number, line in enumerate(_wrap(message[:_MOST_CHARACTERS], font.getlength, width - 2 * margin)):
        if margin + (number + 1) * line_px > height:
            break
        draw.text((margin, margin + number * line_px), line, fill=INK, font=font)
    return image


def _wrap(text: str, length_px: Callable[[str], float], room_px: int) -> Iterator[str]:
    """Yield lines that fit; words that are too long are cut."""
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if length_px(longer) <= room_px:
            line = longer
            continue
        if line:
            yield line
        line = ""
        for character in word:
            if line and length_px(line + character) > room_px:
                yield line
                line = ""
            line += character
    if line:
        yield line
