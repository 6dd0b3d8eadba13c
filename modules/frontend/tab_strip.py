"""Tabs of our own: unlike Gradio's, all their contents are in the page from the start.

Scripts and plugins find every control, and what is painted on a canvas outlives a look at another tab.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import gradio as gr


@dataclass(frozen=True)
class TabPage:
    """A tab: the id of its contents, the words on it, and what builds the contents."""

    page_id: str
    title: str
    build: Callable[[], None]


def build_tabs(strip_id: str, pages: Iterable[TabPage]) -> None:
    """Add the strip of buttons and below it the pages, of which ``assets/page.js`` shows one.

    A page is asked for once those before it are built.
    """
    strip = gr.HTML(elem_id=strip_id, elem_classes=["tab-strip"], js_on_load=None,
            apply_default_css=False)
    built: list[TabPage] = []
    for number, page in enumerate(pages):
        classes = ["tab-page"] if number == 0 else ["tab-page", "tab-page-hidden"]
        with gr.Column(elem_id=page.page_id, elem_classes=classes):
            page.build()
        built.append(page)
    strip.value = _strip(built)


def _strip(pages: Sequence[TabPage]) -> str:
    buttons = (
        f'<button role="tab" type="button" id="{page.page_id}-button" aria-controls="{page.page_id}" '
        f'aria-selected="{"false" if number else "true"}">{html.escape(page.title)}</button>'
        for number, page in enumerate(pages))
    return f'<div class="tab-nav" role="tablist">{"".join(buttons)}</div>'
