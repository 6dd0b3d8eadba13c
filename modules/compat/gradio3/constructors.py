"""Constructors that take Gradio 3's arguments."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

from gradio.blocks import Block, Blocks
from gradio.component_meta import get_local_contexts

from modules.compat.gradio3.arguments import modern_arguments
from modules.compat.gradio3.leniency import soften

TOOLTIP = "webui_tooltip"
"""The attribute that holds what A1111's ``tooltip=`` said."""
Init = Callable[..., None]


def block_classes() -> list[type[Block]]:
    """Return Gradio's own classes of what stands on a page."""
    found = dict.fromkeys(_subclasses(Block))
    return [kind for kind in found if kind.__module__.startswith("gradio.")]


def tolerant(kind: type[Block], original: Init) -> Init:
    """Return a constructor of ``kind`` that takes what Gradio 3's took.

    Only for classes that have one of their own: a wrapped inherited one would be called twice.
    """

    @functools.wraps(original)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        update = is_update()
        tooltip = kwargs.get("tooltip")
        original(self, *args, **modern_arguments(kind, kwargs, update=update))
        if tooltip:
            setattr(self, TOOLTIP, str(tooltip))
        if not update:
            soften(self)

    return __init__


def tolerant_blocks(original: Init, keep_css: Callable[[str], None]) -> Init:
    """Return a constructor of ``Blocks`` that hands its ``css`` to the page's head, and leaves out its theme."""

    @functools.wraps(original)
    def __init__(self: Blocks, *args: Any, **kwargs: Any) -> None:
        css = kwargs.pop("css", None)
        if isinstance(css, str):
            keep_css(css)
        for name in ("theme", "variant", "head", "js", "css_paths", "head_paths", "tooltip"):
            kwargs.pop(name, None)
        kwargs["analytics_enabled"] = False
        original(self, *args, **kwargs)

    return __init__


def is_update() -> bool:
    """Say whether a component made here would be an event function's answer."""
    in_event, rendering = get_local_contexts()
    return bool(in_event and not rendering)


def _subclasses(kind: Any) -> Iterator[Any]:
    for one in kind.__subclasses__():
        yield one
        yield from _subclasses(one)
