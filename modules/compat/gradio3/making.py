"""What happens when a component is made, before its constructor runs."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any

import gradio as gr

from modules.compat.gradio3.sketch import PAINTING, SketchedImage


def modern_making(original: Callable[..., Any]) -> Callable[..., Any]:
    """Return what makes components: a painted-on picture where ``gr.Image`` is asked for one; arguments by name.

    Gradio 6 drops what is handed by position to a constructor that takes ``*args``, as those of plugins do.
    """

    def __call__(kind: Any, *args: Any, **kwargs: Any) -> Any:
        if kind is gr.Image and (kwargs.get("tool") in PAINTING or kwargs.get("source") == "canvas"):
            kind = SketchedImage
        if args:
            kwargs = {**dict(zip(_positions(kind), args)), **kwargs}
            args = args[len(_positions(kind)):]
        return original(kind, *args, **kwargs)

    return __call__


@cache
def _positions(kind: Any) -> tuple[str, ...]:
    """Return the names of a constructor's positions; those that ``*args`` hides are those of Gradio's own class."""
    own = inspect.getfullargspec(inspect.unwrap(kind.__init__))
    names = tuple(own.args[1:])
    if not own.varargs:
        return ()
    gradios = next(one for one in kind.__mro__ if one.__module__.startswith("gradio.") and "__init__" in vars(one))
    return names + tuple(inspect.getfullargspec(inspect.unwrap(gradios.__init__)).args[1 + len(names):])
