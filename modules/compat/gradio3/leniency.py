"""Values that Gradio 3 passed on as they came, and Gradio 6 refuses or hands over in another shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

LENIENT = (gr.Dropdown, gr.Radio, gr.CheckboxGroup, gr.Slider, gr.Number)


def soften(component: Any) -> None:
    """Let one component of a plugin take what it would refuse: a value that is not on its list, or beyond its end.

    Otherwise one outdated choice in a plugin's panel would keep Generate from working.
    """
    strict = getattr(component, "preprocess", None)
    if strict is not None and isinstance(component, LENIENT):
        vars(component)["preprocess"] = _lenient(component, strict)
    elif strict is not None and isinstance(component, gr.Gallery):
        vars(component)["preprocess"] = _as_file_records(strict)


def _lenient(component: Any, strict: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def preprocess(payload: Any) -> Any:
        try:
            return strict(payload)
        except (gr.Error, ValueError, TypeError):
            return None if getattr(component, "type", "value") == "index" else payload

    return preprocess


class PictureRecord(dict[Any, Any]):
    """A picture of a gallery as Gradio 3 handed it over, ``["name"]``, and as later ones do, ``[0]``."""

    def __missing__(self, key: Any) -> Any:
        if key in (0, 1):
            return self["caption" if key else "name"]
        raise KeyError(key)


def _as_file_records(strict: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def preprocess(payload: Any) -> Any:
        return [PictureRecord(name=str(path), data=f"file={path}", is_file=True, caption=caption)
                for path, caption in strict(payload) or []]

    return preprocess
