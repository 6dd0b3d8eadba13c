"""Names that libraries had when extensions were written."""

from __future__ import annotations

import numpy as np
import pydantic
from PIL import Image, ImageDraw, ImageFont

from modules.compat.library_drift import drifted_libraries


def test_old_names_are_there_for_plugins():
    with drifted_libraries():
        assert np.float is float and np.float_ is np.float64
        assert Image.ANTIALIAS == Image.Resampling.LANCZOS
        width, height = ImageDraw.Draw(Image.new("RGB", (9, 9))).textsize("word")
        assert width > height > 0
        assert ImageFont.load_default().getsize("word")[0] > 0
        import pkg_resources

        assert pkg_resources.parse_version("2.0") > pkg_resources.parse_version("1.10")
        assert pkg_resources.get_distribution("numpy").version == np.__version__


def test_a_root_validator_of_pydantic_1_is_taken():
    original = pydantic.root_validator
    with drifted_libraries():
        class Unit(pydantic.BaseModel):
            weight: int = 1

            @pydantic.root_validator
            def check(cls, values):
                values["weight"] += 1
                return values

        assert Unit(weight=2).weight == 3
    assert pydantic.root_validator is original
