"""docs/plugins.md names every hook and every function, and its example works."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image

import modules.plugins
from modules.plugins.native import HOOKS

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "plugins.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [*HOOKS, *modules.plugins.__all__])
def test_every_name_is_documented(name):
    assert f"{name}(" in TEXT or f"({name})" in TEXT


def test_the_example_works():
    example = re.search(r"```python\n(.*?)```", TEXT, re.DOTALL)
    space = {"__name__": "example"}
    exec(example[1], space)
    picture = Image.new("RGB", (8, 8), (200, 100, 50))
    tinted = space["Tinted"]({"strength": 1, "colour": "blue"}).composed(picture, None)
    red, _, blue = tinted.getpixel((0, 0))
    assert blue > red
    assert space["Tinted"]().infotext() == {"Tinted": "on", "Tinted strength": 0.5, "Tinted colour": "sepia"}
