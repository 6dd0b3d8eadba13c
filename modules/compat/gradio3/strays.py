"""Things among tabs that are no tabs: Gradio 6 shows the wrong tabs then, Gradio 3 did not mind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr


def without_strays(original: Callable[..., None]) -> Callable[..., None]:
    """Return what ends a row of tabs: anything else in it is put before it."""

    def __exit__(tabs: gr.Tabs, *args: Any) -> None:
        strays = [child for child in tabs.children if not isinstance(child, gr.Tab)]
        if strays and tabs.parent is not None:
            tabs.children = [child for child in tabs.children if child not in strays]
            at = tabs.parent.children.index(tabs)
            tabs.parent.children[at:at] = strays
            for stray in strays:
                stray.parent = tabs.parent
        original(tabs, *args)

    return __exit__
