"""Names that Gradio 3 had and Gradio 6 has not."""

from __future__ import annotations

import base64
import io
import types
from collections.abc import Iterator
from typing import Any

import gradio as gr
import gradio.components
import gradio.processing_utils
from gradio.blocks import Block
from PIL import Image


def update(value: Any = None, **changes: Any) -> dict[str, Any]:
    """Say what of a component changes, as ``gr.Textbox.update(…)`` did; None leaves a thing as it is."""
    known = {name: change for name, change in changes.items() if change is not None}
    if value is not None:
        known["value"] = value
    return gr.update(**known)


def style(self: Any, *, grid: Any = None, columns: Any = None, height: Any = None, container: bool | None = None,
          **_: Any) -> Any:
    """Set what Gradio 3 set after a component was made, as far as it still means anything."""
    columns = columns or grid
    for name, wish in (("columns", columns), ("height", height), ("container", container)):
        if wish is not None and hasattr(self, name):
            setattr(self, name, wish)
    return self


class _OldComponents(types.ModuleType):
    """``gr.inputs`` and ``gr.outputs``."""

    def __getattr__(self, name: str) -> Any:
        return getattr(gradio.components, name)


def encode_pil_to_base64(picture: Image.Image) -> str:
    """Return a picture as a ``data:`` address."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def decode_base64_to_image(encoding: str) -> Image.Image:
    """Return the picture of a ``data:`` address."""
    return Image.open(io.BytesIO(base64.b64decode(encoding.split(",", 1)[-1])))


def missing_names() -> Iterator[tuple[Any, str, Any]]:
    """Return (where, name, what) of every name that is to be there while a plugin runs."""
    wanted = (
        (gr, "Box", gr.Group), (gr, "Variable", gr.State), (gr, "inputs", _OldComponents("gradio.inputs")),
        (gr, "outputs", _OldComponents("gradio.outputs")),
        (gradio.components, "IOComponent", gradio.components.Component),
        (gradio.components, "Box", gr.Group), (gradio.components, "Variable", gr.State),
        (gradio.processing_utils, "encode_pil_to_base64", encode_pil_to_base64),
        (gradio.processing_utils, "decode_base64_to_image", decode_base64_to_image),
        (Block, "update", staticmethod(update)), (Block, "style", style),
    )
    for where, name, what in wanted:
        if name not in vars(where):
            yield where, name, what
