"""A place on the page for a picture, with brushes for a mask or a sketch, or a frame for outpainting.

The markup is static: ``assets/canvas*.js`` fill it, and keep a picture and its strokes in the browser until
``webui.canvas.flush(name)`` hands them in with one request (see ``picture_routes.py``).
"""

from __future__ import annotations

import html
from typing import Literal, get_args

import gradio as gr

from modules.imaging.reading import MAX_BYTES, MAX_PIXELS

CanvasMode = Literal["picture", "mask", "sketch", "mask_sketch", "outpaint"]
CANVAS_SCRIPTS = (
    "canvas_png.js", "canvas_paint.js", "canvas_strokes.js", "canvas_view.js", "canvas_tools.js", "canvas_gestures.js",
    "canvas_frame.js", "canvas_memory.js", "canvas_orientation.js", "canvas_door.js", "canvas_keeper.js",
    "canvas_easel.js", "canvas.js")
"""In the order in which they build on one another."""
CANVAS_STYLE = "canvas.css"


def build_canvas(name: str, *, mode: CanvasMode, label: str, height_px: int = 640, color: str = "") -> None:
    """Add a canvas to the page; ``name`` is its element id, by which ``webui.canvas`` knows it.

    ``picture`` takes a picture; ``mask`` also a brush whose strokes are a mask; ``sketch`` a brush with colours;
    ``mask_sketch`` the same, where what is painted is also what is to change; ``outpaint`` a frame to pull larger.
    ``color`` is the brush's at first (``#rrggbb``).
    """
    if mode not in get_args(CanvasMode):
        raise ValueError(f"a canvas has no mode {mode!r}")
    attributes = {"name": name, "mode": mode, "label": label, "height": str(height_px), "color": color,
                  "max-bytes": str(MAX_BYTES), "max-pixels": str(MAX_PIXELS)}
    written = " ".join(f'{key}="{html.escape(value)}"' for key, value in attributes.items() if value)
    gr.HTML(f"<picture-canvas {written}></picture-canvas>", elem_id=name, elem_classes=["picture-canvas"],
            js_on_load=None, apply_default_css=False)
