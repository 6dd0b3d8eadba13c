"""Names that libraries had when A1111's extensions were written. They are added where missing, and stay.

A function defined under an old name can be called at any later time, so these are not taken back: nothing of ours
looks at them, and a library that still has a name keeps its own.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.metadata
import sys
import types
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np
import pydantic
from PIL import Image, ImageDraw, ImageFont

_NUMPY = {"bool": bool, "int": int, "float": float, "complex": complex, "object": object, "str": str}
_NUMPY_CAPITAL = {"float_": "float64", "complex_": "complex128", "unicode_": "str_", "string_": "bytes_", "Inf": "inf",
                  "NaN": "nan"}
_PILLOW = {"ANTIALIAS": "LANCZOS", "LINEAR": "BILINEAR", "CUBIC": "BICUBIC"}


@contextlib.contextmanager
def drifted_libraries() -> Iterator[None]:
    """Have the old names while a plugin's code runs, and pydantic's old defaults."""
    _add_names()
    original = pydantic.root_validator
    pydantic.root_validator = _lenient_validator(original)
    try:
        yield
    finally:
        pydantic.root_validator = original


@cache
def _add_names() -> None:
    _add_numpy_names()
    _add_pillow_names()
    _add_pkg_resources()


def _add_numpy_names() -> None:
    for name, kind in _NUMPY.items():
        if name not in vars(np):
            setattr(np, name, kind)
    for name, today in _NUMPY_CAPITAL.items():
        if name not in vars(np):
            setattr(np, name, getattr(np, today))


def _add_pillow_names() -> None:
    for name, today in _PILLOW.items():
        if not hasattr(Image, name):
            setattr(Image, name, getattr(Image.Resampling, today))
    fonts: tuple[Any, ...] = (ImageFont.FreeTypeFont, ImageFont.ImageFont, ImageFont.TransposedFont)
    for font in fonts:
        if not hasattr(font, "getsize"):
            font.getsize = _font_size
    for name, measure in (("textsize", _text_size), ("multiline_textsize", _text_size)):
        if not hasattr(ImageDraw.ImageDraw, name):
            setattr(ImageDraw.ImageDraw, name, measure)


def _font_size(font: Any, text: str, *_: Any, **__: Any) -> tuple[int, int]:
    _, _, right, bottom = font.getbbox(text)
    return int(right), int(bottom)


def _text_size(draw: Any, text: str, font: Any = None, *_: Any, spacing: float = 4, **__: Any) -> tuple[int, int]:
    _, _, right, bottom = draw.multiline_textbbox((0, 0), text, font=font, spacing=spacing)
    return int(right), int(bottom)


def _lenient_validator(original: Callable[..., Any]) -> Callable[..., Any]:
    """pydantic 2 asks for ``skip_on_failure=True`` where pydantic 1 took it to be said."""

    @functools.wraps(original)
    def root_validator(*args: Any, **kwargs: Any) -> Any:
        if args and callable(args[0]):
            return original(skip_on_failure=True)(args[0])
        if not kwargs.get("pre"):
            kwargs.setdefault("skip_on_failure", True)
        return original(*args, **kwargs)

    return root_validator


def _add_pkg_resources() -> None:
    """Offer the functions of setuptools' old module that extensions call, where setuptools is gone."""
    with contextlib.suppress(ImportError):
        import pkg_resources  # noqa: F401
        return
    module = types.ModuleType("pkg_resources")
    vars(module).update(
        DistributionNotFound=importlib.metadata.PackageNotFoundError, get_distribution=_distribution,
        parse_version=_parse_version, require=_distribution,
        fixup_namespace_packages=lambda *_: None)  # asked for by whoever changes sys.path while it is there
    sys.modules["pkg_resources"] = module


def _distribution(name: str) -> Any:
    found = importlib.metadata.distribution(name.split("=")[0].split(">")[0].split("<")[0].strip())
    return types.SimpleNamespace(version=found.version, project_name=found.metadata["Name"],
                                 parsed_version=_parse_version(found.version))


def _parse_version(text: str) -> Any:
    from packaging.version import parse

    return parse(text)
