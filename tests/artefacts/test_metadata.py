import io

import pytest
from PIL import Image

from modules.artefacts.encoding import EmbeddedText, encode_picture
from modules.artefacts.exif import write_user_comment
from modules.artefacts.metadata import MAX_ITEM_CHARS, MAX_ITEMS, read_picture_text
from modules.foundation.size import Size
from modules.imaging.reading import open_image, read_header

SIZE = Size(8, 8)
TEXT = "a cät, 名前\nNegative prompt: b\nSteps: 1, Sampler: Euler, Seed: 2"


@pytest.mark.parametrize("extension", ["png", "jpg", "jpeg", "webp", "avif", "gif"])
@pytest.mark.parametrize("text", [TEXT, "plain ascii"])
def test_every_format_gives_its_text_back(extension, text):
    data = encode_picture(Image.new("RGB", (16, 16), "red"), extension, EmbeddedText(text)).data
    assert read_picture_text(open_image(data).info, SIZE).infotext == text
    assert read_picture_text(read_header(data).info, SIZE).infotext == text


@pytest.mark.parametrize("info, infotext, items", [
    ({}, "", {}),
    ({"parameters": "p", "dpi": (72, 72), "jfif": 257, "Title": b"t"}, "p", {"Title": "t"}),
    ({"parameters": "p", "exif": write_user_comment("e")}, "e", {}),
    ({"parameters": "p", "exif": write_user_comment("")}, "p", {}),
    ({"exif": b"broken", "comment": b"c"}, "c", {"comment": "c"}),
    ({"parameters": "half \ud83d"}, "half \ufffd", {}),
])
def test_where_the_infotext_is_looked_for(info, infotext, items):
    read = read_picture_text(info, SIZE)
    assert (read.infotext, read.items) == (infotext, items)


def test_a_flood_of_text_is_cut():
    read = read_picture_text({f"k{n}": "x" * (MAX_ITEM_CHARS + 1) for n in range(MAX_ITEMS + 50)}, SIZE)
    assert len(read.items) == MAX_ITEMS
    assert {len(text) for text in read.items.values()} == {MAX_ITEM_CHARS}


def test_chunks_of_another_section_are_kept_beside_the_infotext():
    text = EmbeddedText("Postprocess upscaler: Lanczos", "postprocessing", {"parameters": TEXT})
    image = Image.open(io.BytesIO(encode_picture(Image.new("RGB", (4, 4)), "png", text).data))
    read = read_picture_text(image.info, SIZE)
    assert (read.infotext, read.items) == (TEXT, {"postprocessing": "Postprocess upscaler: Lanczos"})
