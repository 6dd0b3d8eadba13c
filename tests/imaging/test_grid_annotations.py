from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from modules.imaging.grid_annotations import Label, LegendStyle, annotate_grid
from modules.imaging.grids import GridLayout, image_grid

LAYOUT = GridLayout(2, 3)
COLUMNS = [[Label("Steps: 2")], [Label("Steps: 4")], [Label("Steps: 6")]]
ROWS = [[Label("CFG scale: 3")], [Label("CFG scale: 7")]]
NO_ROWS, NO_COLUMNS = [[Label("")]] * 2, [[Label("")]] * 3


def grid(side=64):
    return image_grid([Image.new("RGB", (side, side), "red")] * 6, LAYOUT)


def ink(image):
    return int((np.asarray(image.convert("L")) < 250).sum())


@pytest.mark.parametrize("columns, rows, left, has_top", [
    (COLUMNS, ROWS, 48, True), (COLUMNS, NO_ROWS, 0, True), (NO_COLUMNS, ROWS, 48, False),
    (NO_COLUMNS, NO_ROWS, 0, False),
])
def test_room_is_made_only_where_there_is_text(columns, rows, left, has_top):
    image = annotate_grid(grid(), LAYOUT, columns, rows)
    assert image.width == 192 + left and (image.height > 128) == has_top
    top = image.height - 128
    cells = np.asarray(image.crop((left, top, image.width, image.height)))
    assert (cells == (255, 0, 0)).all()
    assert not has_top or ink(image.crop((left, 0, image.width, top))) > 0
    assert not left or ink(image.crop((0, top, left, image.height))) > 0


def test_a_margin_separates_the_cells():
    image = annotate_grid(grid(), LAYOUT, NO_COLUMNS, NO_ROWS, LegendStyle(margin_px=8, background="#0000ff"))
    assert image.size == (192 + 16, 128 + 8)
    assert [image.getpixel(spot) for spot in ((63, 0), (64, 0), (72, 0))] == [(255, 0, 0), (0, 0, 255), (255, 0, 0)]


def test_long_texts_wrap_or_shrink_until_they_fit():
    short, long = ([[Label(text)]] + [[Label("")]] * 2 for text in ("one", "one two three four five six seven eight"))
    assert annotate_grid(grid(), LAYOUT, long, NO_ROWS).height > annotate_grid(grid(), LAYOUT, short, NO_ROWS).height
    word = [[Label("W" * 60)], [Label("")], [Label("")]]
    image = annotate_grid(grid(256), LAYOUT, word, NO_ROWS)
    assert ink(image.crop((0, 0, 256, image.height - 512))) > 0
    assert ink(image.crop((258, 0, 768, image.height - 512))) == 0


def test_an_inactive_label_is_grey_and_struck_through():
    active, inactive = (annotate_grid(grid(256), LAYOUT, [[Label("night", on)], [Label("")], [Label("")]], NO_ROWS)
                        for on in (True, False))
    top = inactive.height - 512
    pixels = np.asarray(inactive.crop((0, 0, 256, top)))
    assert pixels.min() >= 0x99 - 1
    assert (pixels == 0x99).all(axis=2).sum(axis=1).max() > 30
    assert np.asarray(active.crop((0, 0, 256, top))).min() < 0x30


def test_a_missing_font_file_is_no_obstacle():
    style = LegendStyle(font_file=Path("/nowhere/font.ttf"))
    assert annotate_grid(grid(), LAYOUT, COLUMNS, ROWS, style).size == annotate_grid(grid(), LAYOUT, COLUMNS, ROWS).size


def test_a_row_title_stands_at_the_middle_of_its_row():
    image = annotate_grid(grid(256), LAYOUT, NO_COLUMNS, [[Label("A")], [Label("")]])
    beside = np.asarray(image.crop((0, 0, 192, 512)).convert("L")) < 128
    lines = np.flatnonzero(beside.any(axis=1))
    assert abs((lines[0] + lines[-1]) / 2 - 128) <= 2


def test_titles_must_be_as_many_as_columns_and_rows():
    with pytest.raises(ValueError, match="3 columns and 2 rows cannot have 2 column titles"):
        annotate_grid(grid(), LAYOUT, COLUMNS[:2], ROWS)
