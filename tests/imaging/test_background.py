import io

import pytest
from PIL import Image

from modules.foundation.errors import InvalidRequestError
from modules.imaging.background import flatten
from modules.imaging.reading import open_image


@pytest.mark.parametrize("color, expected", [("#ff8000", (255, 128, 0)), ("red", (255, 0, 0)), ("#fff", (255,) * 3),
                                             ("#ffffff00", (255,) * 3)])
def test_what_is_transparent_shows_the_colour(color, expected):
    flat = flatten(Image.new("RGBA", (2, 2), (9, 9, 9, 0)), color)
    assert (flat.mode, flat.getpixel((0, 0))) == ("RGB", expected)


def test_half_transparent_is_mixed_and_opaque_stays():
    image = Image.new("RGBA", (2, 1), (200, 100, 0, 255))
    image.putpixel((1, 0), (200, 100, 0, 128))
    flat = flatten(image, "#000000")
    assert [flat.getpixel((x, 0)) for x in (0, 1)] == [(200, 100, 0), (100, 50, 0)]


def test_transparency_of_palettes_and_of_one_colour():
    palette = Image.new("P", (2, 1))
    palette.putpalette([255, 0, 0, 0, 255, 0])
    palette.putpixel((1, 0), 1)
    for image, transparent in ((palette, 0), (palette.convert("RGB"), (255, 0, 0))):
        buffer = io.BytesIO()
        image.save(buffer, format="PNG", transparency=transparent)
        for opened in (Image.open(io.BytesIO(buffer.getvalue())), open_image(buffer.getvalue())):
            flat = flatten(opened, "blue")
            assert [flat.getpixel((x, 0)) for x in (0, 1)] == [(0, 0, 255), (0, 255, 0)]


def test_an_unknown_colour_is_refused():
    with pytest.raises(InvalidRequestError, match="octarine") as raised:
        flatten(Image.new("RGB", (1, 1)), "octarine")
    assert raised.value.field == "img2img_background_color"
