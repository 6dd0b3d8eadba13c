"""What native plugins add besides hooks, in the places where A1111's extensions add theirs: axes of grids, and tabs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from modules.compat.callbacks import add_callback, noting_callbacks
from modules.compat.host import HOST
from modules.compat.native_script import NativeScript, change_request, set_value
from modules.compat.scripts.registry import scripts_data
from modules.plugins.native import Plugin
from modules.plugins.provisions import PROVISIONS, ProvidedAxis
from modules.settings.option import Option

_OWNER = "native plugins"
_ADDED = "native_axes"
"""Attribute of the grids' module: what was added last, so that it can be taken out again."""


def note_native_additions() -> None:
    """Add axes and tabs when the page is built; called after scripts were loaded."""
    with noting_callbacks(_OWNER, __file__):
        add_callback("before_ui", add_axes, "axes")
        add_callback("ui_tabs", build_tabs, "tabs")


def add_axes() -> None:
    """Offer every parameter of native plugins as an axis of X/Y/Z grids, in the place of those offered before."""
    for data in scripts_data:
        if Path(data.path).name == "xyz_grid.py" and hasattr(data.module, "axis_options"):
            make, known = data.module.AxisOption, data.module.axis_options
            new = [*_parameter_axes(make), *(_axis(axis, make) for axis in PROVISIONS.axes)]
            before = {id(axis) for axis in getattr(data.module, _ADDED, ())}
            known[:] = [*(axis for axis in known if id(axis) not in before), *new]
            setattr(data.module, _ADDED, new)
            return


def build_tabs() -> list[tuple[gr.Blocks, str, str]]:
    """Build the tabs of native plugins, each as ``on_ui_tabs`` wants it."""
    built = []
    for tab in PROVISIONS.tabs:
        with gr.Blocks(analytics_enabled=False) as blocks:
            HOST.require().calls.call(tab.owner, f"tab {tab.title}", tab.build)
        built.append((blocks, tab.title, tab.tab_id))
    return built


def _parameter_axes(make: Any) -> list[Any]:
    kinds = [data.script_class.kind for data in scripts_data if issubclass(data.script_class, NativeScript)]
    return [_parameter_axis(kind, name, option, make) for kind in kinds for name, option in kind.parameters.items()]


def _parameter_axis(kind: type[Plugin], name: str, option: Option, make: Any) -> Any:
    def apply(p: Any, value: Any, values: Any) -> None:
        set_value(p, kind, name, value)

    label, choices = f"[{kind.title}] {option.label}", list(option.choices)
    if isinstance(option.default, bool):
        return make(label, str, lambda p, value, values: apply(p, str(value).lower() in ("true", "on", "1"), values),
                    choices=lambda: ["False", "True"])
    return make(label, type(option.default), apply, choices=(lambda: choices) if choices else None)


def _axis(axis: ProvidedAxis, make: Any) -> Any:
    def apply(p: Any, value: Any, values: Any) -> None:
        change_request(p, lambda request: axis.apply(request, value))

    choices = axis.choices
    return make(axis.label, axis.kind, apply, choices=(lambda: list(choices())) if choices else None)
