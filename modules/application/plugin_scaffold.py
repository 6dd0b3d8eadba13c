"""The files that a new plugin begins with."""

from __future__ import annotations

import re
from pathlib import Path

from modules.foundation.errors import InvalidRequestError
from modules.foundation.files import atomic_write
from modules.plugins.acquiring import check_name

_PLUGIN = '''"""{title}: darkens the edges of every picture. Change it into what you have in mind."""

from PIL import Image, ImageChops, ImageFilter

from modules.plugins import Plugin, number, toggle


class {kind}(Plugin):
    """Darken the edges of pictures."""

    title = "{title}"

    strength = number("Strength", 0.5, minimum=0, maximum=1, step=0.05, info="1 makes the corners black")
    soft = toggle("Soft", True)

    def composed(self, image, planned):
        """A picture is finished: return the one to save in its place."""
        light = edges(image.size, self.strength, self.soft)
        return ImageChops.multiply(image.convert("RGB"), Image.merge("RGB", [light] * 3))


def edges(size, strength, soft):
    """Return how bright each pixel stays: 255 in the middle."""
    width, height = size
    light = Image.new("L", size, round(255 * (1 - strength)))
    light.paste(255, (width // 8, height // 8, width - width // 8, height - height // 8))
    return light.filter(ImageFilter.GaussianBlur(min(size) / 8)) if soft else light
'''
_TEST = '''"""Run with: python3 webui.py plugin test {name}"""

from scripts.{module} import {kind}, edges


def test_the_middle_keeps_its_brightness_and_the_edges_lose_theirs():
    light = edges((64, 64), strength=1.0, soft=True)
    assert light.getpixel((32, 32)) > 240
    assert light.getpixel((0, 0)) < 120


def test_values_are_checked():
    assert {kind}({{"strength": 0.25}}).strength == 0.25
'''
_README = '''# {title}

A plugin for the web UI. How to write one: docs/plugins.md.

    python3 webui.py plugin test {name}     runs it and its tests without a browser
    python3 webui.py --reload-plugins       loads it again whenever you save a file

It is found in the API as `alwayson_scripts`: `{{"{title}": {{"args": [{{"strength": 0.7}}]}}}}`.
'''
_METADATA = '''[Extension]
Name = {canonical}

; [scripts]
; After = another-extension
'''


def write_plugin(extensions: Path, name: str) -> list[Path]:
    """Write the files of a new plugin; return them. Raises: InvalidRequestError, OutputError."""
    name = check_name(name)
    root = extensions / name
    if root.exists():
        raise InvalidRequestError("name", f"{root} is there already.", remedy="Choose another name.")
    words = re.findall(r"[A-Za-z]+|\d+", name) or ["plugin"]
    words = words if words[0].isalpha() else ["plugin", *words]
    module = "_".join(words).lower()
    values = {"name": name, "title": " ".join(words).capitalize(), "canonical": name.lower(), "module": module,
              "kind": "".join(word.capitalize() for word in words)}
    files = {f"scripts/{module}.py": _PLUGIN, f"tests/test_{module}.py": _TEST, "README.md": _README,
             "metadata.ini": _METADATA}
    for path, template in files.items():
        atomic_write(root / path, template.format(**values).encode())
    return [root / path for path in files]
