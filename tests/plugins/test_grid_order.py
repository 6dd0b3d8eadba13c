"""The order of cells, how often models change on the way, and how long it will take."""

from __future__ import annotations

import pytest

from modules.plugins.grids.failure import draw_failure
from modules.plugins.grids.order import X, Y, Z, count_switches, nest_axes, walk
from modules.plugins.grids.pace import PaceBook, in_words


@pytest.mark.parametrize(("costs", "nesting"), [
    ((0, 0, 0), (Z, Y, X)),
    ((1, 0, 0), (X, Z, Y)),
    ((1, .7, 0), (X, Y, Z)),
    ((1, .5, .7), (X, Z, Y)),
    ((0, 1, 0), (Y, Z, X)),
    ((.7, 1, 0), (Y, X, Z)),
    ((0, 0, 1), (Z, Y, X)),
    ((.7, 0, 1), (Z, X, Y)),
    ((1, 1, 0), (Z, Y, X)),
])
def test_the_dearest_axis_is_outermost(costs, nesting):
    assert nest_axes(costs) == nesting


def test_cells_are_walked_from_the_inside():
    assert list(walk((2, 1, 2), (X, Y, Z))) == [(0, 0, 0), (0, 0, 1), (1, 0, 0), (1, 0, 1)]
    assert list(walk((2, 2, 1), (Z, Y, X))) == [(0, 0, 0), (1, 0, 0), (0, 1, 0), (1, 1, 0)]


@pytest.mark.parametrize(("costs", "switches"), [((1, 0, 0), 2), ((0, 1, 0), 1), ((0, 0, 1), 0), ((1, 1, 0), 5)])
def test_models_are_switched_as_rarely_as_possible(costs, switches):
    assert count_switches(list(walk((3, 2, 1), nest_axes(costs))), costs) == switches


def test_the_pace_is_learned_and_kept(tmp_path):
    book = PaceBook(tmp_path / "pace.json")
    assert book.estimate_s("a", 10) is None
    book.learn("a", 10, 5)
    book.learn("a", 0, 5)
    book.write()
    assert PaceBook(tmp_path / "pace.json").estimate_s("a", 4) == pytest.approx(2)
    (tmp_path / "pace.json").write_text("[1")
    assert PaceBook(tmp_path / "pace.json").estimate_s("a", 4) is None


@pytest.mark.parametrize(("seconds", "words"), [(.2, "1 s"), (61, "61 s"), (150, "2 min"), (9000, "2.5 h")])
def test_time_is_told_about_as_exactly_as_it_is_known(seconds, words):
    assert in_words(seconds) == words


@pytest.mark.parametrize("size", [(256, 128), (64, 64), (1, 1)])
def test_a_failure_is_readable_in_its_cell(size):
    image = draw_failure(size, "OutOfMemoryError: the device ran out of memory " + "x" * 500)
    assert image.size == size
    if size[0] > 1:
        assert len(image.getcolors(99999)) > 2 and image.getpixel((size[0] // 2, size[1] - 3)) is not None
