"""Small pieces that every tab uses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import gradio as gr
from gradio.context import Context


class Controls:
    """The controls of a tab by name, in the order in which an event hands over their values."""

    def __init__(self) -> None:
        self._by_name: dict[str, gr.components.Component] = {}

    def add(self, name: str, component: gr.components.Component) -> Any:
        self._by_name[name] = component
        return component

    def __getitem__(self, name: str) -> Any:
        return self._by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    @property
    def components(self) -> list[gr.components.Component]:
        return list(self._by_name.values())

    def by_name(self) -> dict[str, gr.components.Component]:
        return dict(self._by_name)

    def named(self, values: tuple[Any, ...]) -> dict[str, Any]:
        """Give the values of an event their names."""
        return dict(zip(self._by_name, values, strict=True))

    def updates(self, values: Mapping[str, Any]) -> list[Any]:
        """Return one update for each control: the value given for it, or none."""
        return [gr.update(value=values[name]) if name in values else gr.skip() for name in self._by_name]


def tool_button(symbol: str, elem_id: str) -> gr.Button:
    """Make a small square button; ``tooltips.py`` says what it does."""
    return gr.Button(symbol, elem_id=elem_id, elem_classes=["tool"], min_width=0, scale=0)


@contextmanager
def input_accordion(label: str, elem_id: str, note_id: str = "") -> Iterator[gr.Checkbox]:
    """Make a section that a checkbox in its heading opens and switches on; what is built inside stands in it.

    The checkbox's id is that of A1111's, ``<elem_id>-checkbox``. ``note_id`` is for a note that scripts write
    beside the label.
    """
    with gr.Column(elem_id=elem_id, elem_classes=["input-accordion"]):
        with gr.Row(elem_classes=["input-accordion-head"]):
            checkbox = gr.Checkbox(False, label=label, elem_id=f"{elem_id}-checkbox", container=False, min_width=120)
            if note_id:
                size_note(note_id)
        with gr.Column(elem_classes=["input-accordion-body"]):
            yield checkbox


def size_note(elem_id: str) -> None:
    """Add a line that ``assets/sizes.js`` writes a size into."""
    gr.HTML('<span class="size-note"></span>', elem_id=elem_id, js_on_load=None, apply_default_css=False)


def keep_choices(dropdown: gr.Dropdown, choices: Callable[[], list[str]]) -> None:
    """Offer what there is whenever the page is loaded: the list was made when the program started."""
    page = Context.root_block
    assert page is not None, "called while the page is being built"
    page.load(lambda: gr.update(choices=choices()), None, dropdown, api_visibility="private", queue=False,
              show_progress="hidden")
