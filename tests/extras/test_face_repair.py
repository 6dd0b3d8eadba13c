from __future__ import annotations

import pytest
from PIL import Image

from modules.extras.face_repair import CodeFormer, Gfpgan
from modules.extras.operation import Tools
from modules.extras.picture import Picture


@pytest.mark.parametrize(("operation", "asked", "facts", "red"), [
    (Gfpgan(0.25), "GFPGAN", {"GFPGAN visibility": 0.25}, 50),
    (Gfpgan(1), "GFPGAN", {"GFPGAN visibility": 1}, 200),
    (CodeFormer(0.5, 0.2), "CodeFormer", {"CodeFormer visibility": 0.5, "CodeFormer weight": 0.2}, 100),
    (CodeFormer(0.12345, 1), "CodeFormer", {"CodeFormer visibility": 0.123, "CodeFormer weight": 1}, 25),
])
def test_repaired_faces_are_mixed_in(operation, asked, facts, red):
    calls = []

    def restore(image: Image.Image, name: str, weight: float) -> Image.Image:
        calls.append((name, weight))
        return Image.new(image.mode, image.size, (200, 0, 0))

    tools = Tools(lambda image, *_: image, restore, lambda image: [], lambda text: None)
    (made,) = operation.process(Picture(Image.new("RGB", (4, 4)), {"before": 1}), tools)
    assert made.image.getpixel((0, 0))[0] == pytest.approx(red, abs=1)
    assert dict(made.facts) == {"before": 1} | facts
    assert calls == [(asked, getattr(operation, "weight", 0.5))]
