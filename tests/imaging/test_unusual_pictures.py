"""Pictures of every odd kind, through the door and through everything that is done with them."""

import io

import numpy as np
import pytest
from PIL import Image

from modules.foundation.box import Box
from modules.foundation.errors import InvalidRequestError
from modules.foundation.size import Size
from modules.imaging.background import flatten
from modules.imaging.color_correction import color_target, correct_colors
from modules.imaging.compositing import keep_unmasked, lay_over, mask_composite
from modules.imaging.cropping import expand_box, masked_box
from modules.imaging.filling import fill_masked
from modules.imaging.masks import binary_mask, blur_mask, fit_mask, invert_mask, latent_mask, widen_mask
from modules.imaging.outpainting import ExtensionOptions, Fill, extend, plan_canvas
from modules.imaging.reading import open_image
from modules.imaging.resizing import ResizeMode, resize_image

TARGET = Size(64, 48)


def encoded(image, format_name="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, format=format_name, **options)
    return buffer.getvalue()


def noise(width, height):
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8))


def alpha_only(width, height):
    image = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (2, 2, width - 2, height - 3))
    return image


def frames():
    return [noise(20, 30), Image.new("RGB", (20, 30), "blue")]


PICTURES = {
    "1x1": encoded(noise(1, 1)),
    "1x1 transparent": encoded(Image.new("RGBA", (1, 1))),
    "long": encoded(noise(7, 5000)),
    "wide": encoded(noise(3000, 2)),
    "cmyk": encoded(noise(40, 30).convert("CMYK"), "JPEG"),
    "cmyk tiff": encoded(noise(40, 30).convert("CMYK"), "TIFF"),
    "16 bit": encoded(Image.fromarray(np.arange(1200, dtype=np.uint16).reshape(30, 40) * 54)),
    "float": encoded(Image.fromarray(np.linspace(0, 1, 1200, dtype=np.float32).reshape(30, 40)), "TIFF"),
    "bilevel": encoded(noise(40, 30).convert("1")),
    "palette": encoded(noise(40, 30).quantize(16), transparency=3),
    "grey and alpha": encoded(alpha_only(40, 30).convert("LA")),
    "alpha only": encoded(alpha_only(40, 30)),
    "animated gif": encoded(frames()[0], "GIF", save_all=True, append_images=frames()[1:]),
    "animated webp": encoded(frames()[0], "WEBP", save_all=True, append_images=frames()[1:]),
    "animated png": encoded(frames()[0], "PNG", save_all=True, append_images=frames()[1:]),
}


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("mode", ResizeMode)
def test_as_a_picture_to_start_from(name, mode):
    fitted = resize_image(flatten(open_image(PICTURES[name]), "#ffffff"), TARGET, mode)
    assert (fitted.mode, fitted.size) == ("RGB", (64, 48))
    corrected = correct_colors(noise(64, 48), color_target(fitted))
    assert (corrected.mode, corrected.size) == ("RGB", (64, 48))


@pytest.mark.parametrize("name", PICTURES)
def test_as_a_picture_that_is_inpainted_in_part(name):
    picture = flatten(open_image(PICTURES[name]), "#ffffff")
    size = Size(*picture.size)
    mask = Image.new("L", picture.size)
    mask.paste(255, (picture.width // 2, picture.height // 2, picture.width, picture.height))
    mask = blur_mask(mask, 4, 4)
    box = expand_box(masked_box(mask, 4), TARGET, size)
    part = resize_image(picture.crop(box.as_tuple()), TARGET, ResizeMode.FILL)
    part_mask = resize_image(mask.crop(box.as_tuple()), TARGET, ResizeMode.FILL)
    assert fill_masked(part, part_mask).size == (64, 48)
    laid = lay_over(noise(64, 48), keep_unmasked(picture, mask), box)
    untouched = np.asarray(mask) == 0
    assert (np.asarray(laid)[untouched] == np.asarray(picture)[untouched]).all()
    assert mask_composite(noise(64, 48), mask, box).size == picture.size


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("rounded", [False, True])
def test_as_a_mask_for_a_picture_of_another_size(name, rounded):
    grey = binary_mask(open_image(PICTURES[name]), rounded=rounded)
    mask = widen_mask(blur_mask(invert_mask(fit_mask(grey, TARGET, ResizeMode.CROP)), 4, 2))
    assert (mask.mode, mask.size) == ("L", (64, 48))
    latents = latent_mask(mask, TARGET.latent, rounded=rounded)
    assert latents.shape == (6, 8) and latents.min() >= 0 and latents.max() <= 1
    box = masked_box(mask, 8)
    assert box is None or expand_box(box, Size(8, 512), TARGET).y2 <= 48


@pytest.mark.parametrize("name", [name for name in PICTURES if name not in ("long", "wide")])
@pytest.mark.parametrize("fill", Fill)
def test_as_a_picture_to_extend(name, fill):
    picture = flatten(open_image(PICTURES[name]), "#000000")
    canvas = plan_canvas(Size(*picture.size), 8, 8, 8, 8, multiple_of=8)
    assert extend(picture, canvas, ExtensionOptions(fill, 0, 0)).picture.crop(canvas.box.as_tuple()).tobytes() \
        == picture.tobytes()


def test_the_shape_of_an_alpha_only_mask_is_found():
    for name in ("alpha only", "grey and alpha"):
        assert masked_box(binary_mask(open_image(PICTURES[name]), rounded=True), 0) == Box(2, 2, 38, 27)


@pytest.mark.parametrize("format_name", ["PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP", "AVIF"])
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_half_a_file_is_refused_in_words(format_name, share):
    data = encoded(noise(60, 60), format_name)
    with pytest.raises(InvalidRequestError, match=r"damaged|not a picture") as raised:
        open_image(data[:int(len(data) * share)], field="init_images")
    assert raised.value.field == "init_images" and raised.value.remedy
