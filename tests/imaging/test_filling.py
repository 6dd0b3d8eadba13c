import numpy as np
from PIL import Image

from modules.imaging.filling import fill_masked


def test_what_is_not_masked_stays_and_the_rest_takes_the_colours_around():
    pixels = np.zeros((48, 64, 3), np.uint8)
    pixels[:, :32], pixels[:, 32:] = (200, 10, 10), (10, 10, 200)
    pixels[16:32, 16:48] = (0, 255, 0)
    mask = np.zeros((48, 64), np.uint8)
    mask[16:32, 16:48] = 255
    filled = np.asarray(fill_masked(Image.fromarray(pixels), Image.fromarray(mask))).astype(int)
    assert (filled[mask == 0] == pixels[mask == 0]).all()
    assert filled[16:32, 16:48, 1].max() < 40, "nothing of what was masked is left"
    assert filled[24, 18, 0] > filled[24, 18, 2] + 50 and filled[24, 46, 2] > filled[24, 46, 0] + 50


def test_one_colour_around_fills_with_that_colour():
    image = Image.new("RGB", (32, 32), (120, 60, 30))
    mask = Image.new("L", (32, 32))
    mask.paste(255, (8, 8, 20, 20))
    image.paste("white", (8, 8, 20, 20))
    filled = np.asarray(fill_masked(image, mask)).astype(int)
    assert abs(filled - (120, 60, 30)).max() <= 3


def test_a_picture_that_is_masked_all_over_becomes_black():
    filled = fill_masked(Image.new("RGB", (9, 9), "red"), Image.new("L", (9, 9), 255))
    assert filled.mode == "RGB" and filled.getextrema() == ((0, 0),) * 3
