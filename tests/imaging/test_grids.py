import pytest
from PIL import Image

from modules.foundation.errors import InvalidRequestError
from modules.imaging.grids import GridLayout, choose_layout, image_grid

RECORDED = {1: (8, 8), 2: (16, 8), 3: (16, 16), 4: (16, 16), 5: (24, 16), 6: (24, 16), 7: (24, 24), 8: (24, 24),
            9: (24, 24), 10: (32, 24), 11: (32, 24), 12: (32, 24)}


@pytest.mark.parametrize("count, size", RECORDED.items())
def test_recorded_sizes(count, size):
    assert image_grid([Image.new("RGB", (8, 8))] * count, choose_layout(count)).size == size


@pytest.mark.parametrize("count, options, layout", [
    (5, {"prevent_empty": True}, (1, 5)), (6, {"prevent_empty": True}, (2, 3)), (7, {"prevent_empty": True}, (1, 7)),
    (8, {"prevent_empty": True}, (2, 4)), (6, {"rows": 3}, (3, 2)), (6, {"rows": 9}, (6, 1)),
    (6, {"rows": 0, "batch_size": 2}, (2, 3)),
])
def test_choose_layout(count, options, layout):
    assert choose_layout(count, **options) == GridLayout(*layout)


def test_cells_are_as_large_as_the_largest_and_centre_the_rest():
    grid = image_grid([Image.new("RGB", (4, 2), "red"), Image.new("RGB", (2, 4), "blue")], GridLayout(1, 2), "#00ff00")
    assert grid.size == (8, 4)
    colours = [grid.getpixel(spot) for spot in ((0, 1), (0, 0), (5, 0), (4, 0))]
    assert colours == [(255, 0, 0), (0, 255, 0), (0, 0, 255), (0, 255, 0)]


def test_cells_are_filled_row_by_row():
    pictures = [Image.new("RGB", (2, 2), (n, 0, 0)) for n in range(3)]
    grid = image_grid(pictures, choose_layout(3))
    assert [grid.getpixel(spot)[0] for spot in ((0, 0), (2, 0), (0, 2), (2, 2))] == [0, 1, 2, 255]


def test_impossible_grids_are_refused():
    wide = Image.new("1", (20_000, 10))
    with pytest.raises(InvalidRequestError, match="larger"):
        image_grid([wide], GridLayout(1001, 1))
    with pytest.raises(InvalidRequestError):
        image_grid([], GridLayout(1, 1))
