"""From the keyword arguments of a Gradio 3 component to those of Gradio 6."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Mapping
from functools import cache
from typing import Any

import gradio as gr
from gradio.blocks import Block

from modules.compat.gradio3.visibility import hide, listed

logger = logging.getLogger(__name__)

_BUTTONS = {"show_copy_button": "copy", "show_download_button": "download", "show_share_button": "share",
            "show_reset_button": "reset"}
_FILE_TYPES = {"file": "filepath", "bytes": "binary"}
STARTS_CLOSED = "starts-closed"
"""Tells ``assets/a1111_page.js`` to close a section."""
_DROPPED = frozenset({
    "tool", "brush_radius", "brush_color", "shape", "invert_colors", "mirror_webcam", "mask_opacity", "tooltip",
    "variant", "status_tracker", "rounded", "max_width", "size", "info", "interactive", "open", "label", "full_width",
    "css", "theme", "equal_height", "min_width", "scale", "show_label", "container", "color_map", "mobile_collapse"})
"""Arguments that nobody is told about when they are left out: they change how something looks, at most."""


@cache
def known_arguments(kind: Any) -> frozenset[str] | None:
    """Return the arguments that a class of Gradio takes; None where it takes any."""
    parameters = inspect.signature(kind.__init__).parameters.values()
    if any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters) and kind is not gr.HTML:
        return None
    return frozenset(one.name for one in parameters) - {"self", "props"}


@cache
def _tell_once(kind: str, name: str) -> None:
    logger.warning("gr.%s(%s=…) of Gradio 3 means nothing any more and is left out.", kind, name)


def modern_arguments(kind: type[Block], given: Mapping[str, Any], *, update: bool) -> dict[str, Any]:
    """Return what ``kind`` is to be made with. ``update``: it is not made but says what of another one changes."""
    values = dict(given)
    if values.get("visible") is False and not update:
        hide(kind, values)
    _rename_buttons(kind, values)
    if issubclass(kind, (gr.Image, gr.ImageEditor, gr.Video, gr.Audio)):
        _rename_sources(kind, values, update)
    if issubclass(kind, (gr.File, gr.UploadButton)) and values.get("type") in _FILE_TYPES:
        values["type"] = _FILE_TYPES[values["type"]]
    if not update:
        _set_defaults(kind, values)
    return _only_known(kind, values)


def _rename_buttons(kind: Any, values: dict[str, Any]) -> None:
    wished = [word for old, word in _BUTTONS.items() if values.pop(old, False)]
    if wished and "buttons" in (known_arguments(kind) or ()):
        values.setdefault("buttons", wished)


def _rename_sources(kind: type[Block], values: dict[str, Any], update: bool) -> None:
    source = values.pop("source", None)
    if source == "canvas":
        source = "upload"
    if source is not None:
        values.setdefault("sources", [source, "clipboard"] if source == "upload" and not issubclass(
            kind, (gr.Video, gr.Audio)) else [source])
    elif not update and issubclass(kind, gr.Image):
        values.setdefault("sources", ["upload", "clipboard"])


def _set_defaults(kind: type[Block], values: dict[str, Any]) -> None:
    """Give what was not said the value it had in Gradio 3."""
    if issubclass(kind, gr.Dropdown):
        values.setdefault("value", None)
    if issubclass(kind, (gr.Textbox, gr.HTML)):
        values.setdefault("value", "")
    if issubclass(kind, (gr.Image, gr.Gallery)):
        values.setdefault("format", "png")  # otherwise what a picture says about itself is lost
    if issubclass(kind, gr.Gallery):
        values["type"] = "filepath"
        values.setdefault("interactive", False)
    if issubclass(kind, gr.Accordion) and values.get("open") is False:
        # what is in a closed one is not in the page until it is opened; the page's scripts close this
        values["open"] = True
        values["elem_classes"] = [*listed(values.get("elem_classes")), STARTS_CLOSED]


def _only_known(kind: Any, values: dict[str, Any]) -> dict[str, Any]:
    known = known_arguments(kind)
    if known is None:
        return values
    for name in values.keys() - known:
        if name not in _DROPPED:
            _tell_once(kind.__name__, name)
    return {name: value for name, value in values.items() if name in known}
