"""Tabs of plugins."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import gradio as gr
from gradio.blocks import Blocks

from modules.compat.callbacks import listening
from modules.compat.host import HOST
from modules.compat.page.gradio_context import kept_place, off_the_page
from modules.compat.surroundings import plugin_code
from modules.foundation.errors import PluginError
from modules.frontend.tab_strip import TabPage


def plugin_tabs() -> Iterator[TabPage]:
    """Have plugins build their tabs, and return them ready to be put on the page."""
    calls = HOST.require().calls
    for one in listening("ui_tabs"):
        with off_the_page(), plugin_code(one.plugin):
            built = calls.call(one.plugin, "on_ui_tabs", one.callback)
        for tab in built if isinstance(built, (list, tuple)) else [built] if built else ():
            blocks, title, elem_id = _checked(one.plugin, tab)
            if blocks is not None:
                yield TabPage(f"tab_{elem_id}", title, partial(_put_on_page, one.plugin, blocks))


def _checked(plugin: str, tab: Any) -> tuple[Blocks | None, str, str]:
    if isinstance(tab, (tuple, list)) and len(tab) == 3 and isinstance(tab[0], Blocks):
        return tab[0], str(tab[1]), str(tab[2])
    HOST.require().calls.note_failure(plugin, "on_ui_tabs", PluginError(
        f"on_ui_tabs returned {str(tab)[:100]!r}, not (blocks, title, elem_id)."))
    return None, "", ""


def _put_on_page(plugin: str, blocks: Blocks) -> None:
    with kept_place(), plugin_code(plugin), gr.Column(elem_classes=["plugin-area"]):
        HOST.require().calls.call(plugin, "on_ui_tabs", blocks.render)
