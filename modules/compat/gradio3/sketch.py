"""``gr.Image(tool="sketch")``: what gave a picture and what was painted on it."""

from __future__ import annotations

from typing import Any

import gradio as gr
import numpy as np
from PIL import Image

from modules.compat.gradio3.subclasses import make_subclasses_safe

make_subclasses_safe()  # before a class of ours is made, or Gradio writes a stub beside this file
PAINTING = ("sketch", "color-sketch", "editor")


class SketchedImage(gr.ImageEditor):
    """A picture to paint on, whose value is ``{"image", "mask"}``; with ``color-sketch``, the painted picture."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.tool = kwargs.pop("tool", "sketch")
        self.wanted = kwargs.pop("type", "numpy") or "numpy"
        color = kwargs.pop("brush_color", None) or "#ffffff"
        radius: Any = kwargs.pop("brush_radius", None) or "auto"
        kwargs.pop("mask_opacity", None)
        brush = gr.Brush(default_size=radius, default_color=color, colors=[color])
        mode = kwargs.pop("image_mode", None) or "RGB"
        self.wanted_mode = mode
        super().__init__(*args, **kwargs, type="pil", image_mode="RGBA", brush=brush, layers=False, transforms=())

    def preprocess(self, payload: Any) -> Any:
        drawn: Any = super().preprocess(payload)
        if not drawn or (drawn["background"] is None and not drawn["layers"]):
            return None
        background = drawn["background"] or Image.new("RGBA", drawn["composite"].size, "white")
        if self.tool == "color-sketch":
            return self._shaped((drawn["composite"] or background).convert(self.wanted_mode))
        mask = Image.new("L", background.size, 0)
        for layer in drawn["layers"]:
            mask.paste(255, mask=layer.getchannel("A"))
        return {"image": self._shaped(background.convert(self.wanted_mode)), "mask": self._shaped(mask.convert("RGBA"))}

    def postprocess(self, value: Any) -> Any:
        return super().postprocess(value["image"] if isinstance(value, dict) and "image" in value else value)

    def get_block_name(self) -> str:
        return "imageeditor"

    def get_block_class(self) -> str:
        return "imageeditor"

    def _shaped(self, picture: Image.Image) -> Any:
        return np.asarray(picture) if self.wanted == "numpy" else picture

    def edit(self, *_: Any, **__: Any) -> None:
        """Gradio 3's event of a finished stroke; there is none like it."""

    def release(self, *_: Any, **__: Any) -> None:
        """Gradio 3's event of a finished stroke; there is none like it."""
