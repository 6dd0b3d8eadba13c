from __future__ import annotations

import pytest
from PIL import Image

from modules.extras.enlarging import Target, Upscale, cut_to
from modules.extras.operation import Tools
from modules.extras.picture import Picture
from modules.foundation.errors import InvalidRequestError
from modules.foundation.size import Size


def enlarge(image: Image.Image, upscaler: str, scale: float) -> Image.Image:
    """As upscalers do; the colour tells which one it was."""
    size = [int(side * scale // 8 * 8) for side in image.size]
    return Image.new(image.mode, (size[0], size[1]), {"A": (200, 0, 0), "B": (0, 100, 0)}[upscaler])


TOOLS = Tools(enlarge, lambda image, *_: image, lambda image: [], lambda text: None)


def upscale(operation: Upscale, size: tuple[int, int]) -> Picture:
    return operation.process(Picture(Image.new("RGB", size)), TOOLS)[0]


@pytest.mark.parametrize(("target", "size", "made", "facts"), [
    (Target(2), (96, 64), (192, 128), {"Postprocess upscale by": 2}),
    (Target(2.5, max_side_px=160), (96, 64), (160, 104), {"Postprocess upscale by": 2.5, "Max side length": 160}),
    (Target(2, max_side_px=400), (96, 64), (192, 128), {"Postprocess upscale by": 2}),
    (Target(scale_to=Size(160, 160)), (96, 64), (160, 160),
     {"Postprocess upscale to": "160x160", "Postprocess crop to": "160x160"}),
    (Target(scale_to=Size(160, 160), crop=False), (96, 64), (240, 160), {"Postprocess upscale to": "160x160"}),
    (Target(scale_to=Size(100, 60)), (96, 64), (100, 60),
     {"Postprocess upscale to": "100x60", "Postprocess crop to": "100x60"}),
    (Target(scale_to=Size(32, 32)), (96, 64), (32, 32),
     {"Postprocess upscale to": "32x32", "Postprocess crop to": "32x32"}),
])
def test_sizes_and_facts(target, size, made, facts):
    picture = upscale(Upscale(target, "A"), size)
    assert picture.image.size == made
    upscaler = {"Postprocess upscaler": "A"}
    assert dict(picture.facts) == facts | upscaler


def test_a_second_upscaler_is_mixed_in():
    picture = upscale(Upscale(Target(2), "A", "B", 0.25), (8, 8))
    assert picture.image.getpixel((0, 0)) == (150, 25, 0)
    assert picture.facts["Postprocess upscaler 2"] == "B"


@pytest.mark.parametrize("operation", [
    Upscale(Target(2), "None", "B", 0.5), Upscale(Target(2), "A", enabled=False)])
def test_nothing_happens_without_an_upscaler(operation):
    picture = upscale(operation, (9, 9))
    assert picture.image.size == (9, 9) and not picture.facts


@pytest.mark.parametrize(("target", "size", "words"), [
    (Target(8), Size(4000, 3000), ("32000x24000", "768 million", "at most 16384", "4.08 times")),
    (Target(8), Size(7, 5000), ("56x40000", "3.27 times")),
    (Target(1), Size(1, 1), ("1x1", "larger scale")),
    (Target(scale_to=Size(512, 512)), Size(7, 5000), ("7x5000", "times")),
])
def test_impossible_sizes_are_refused_with_numbers(target, size, words):
    with pytest.raises(InvalidRequestError) as caught:
        Upscale(target, "A").check(size)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_the_target_is_known_even_where_enlarging_is_off():
    prepared = Upscale(Target(scale_to=Size(64, 32)), "None", enabled=False).prepare(Picture(Image.new("RGB", (9, 9))))
    assert prepared.target == Size(64, 32)


def test_a_cut_takes_the_middle_and_leaves_no_border():
    image = Image.new("RGB", (96, 96), "white")
    assert cut_to(image, Size(100, 40)).getcolors() == [(4000, (255, 255, 255))]
    image.putpixel((48, 48), (255, 0, 0))
    assert cut_to(image, Size(2, 2)).getpixel((1, 1)) == (255, 0, 0)
