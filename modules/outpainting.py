"""Ours, for scripts that extend pictures: canvases, their masks, and what a new area begins with.

Names: Canvas, Extension, ExtensionOptions, Fill, Growth, SIDES, Size, extend, extend_side, plan_canvas, read_sides.
"""

from modules.compat.outpainting import SIDES, read_sides
from modules.foundation.size import Size
from modules.imaging.outpainting import (
    Canvas,
    Extension,
    ExtensionOptions,
    Fill,
    Growth,
    extend,
    extend_side,
    plan_canvas,
)

__all__ = ["SIDES", "Canvas", "Extension", "ExtensionOptions", "Fill", "Growth", "Size", "extend", "extend_side",
           "plan_canvas", "read_sides"]
