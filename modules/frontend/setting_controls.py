"""A control for a setting, built from the setting's own description."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import gradio as gr

from modules.foundation.errors import WebUIError
from modules.settings.option import Option
from modules.settings.store import SettingsStore
from modules.settings.values import OPTIONS

Choices = Callable[[], list[str]]


def build_setting_control(key: str, store: SettingsStore, choices: Choices | None = None) -> gr.components.Component:
    """Return the control of one setting, with A1111's element id ``setting_<key>``."""
    where, facts = OPTIONS[key]
    value = getattr(getattr(store.current, where), key)
    reload = "takes effect when the page is loaded again" if facts.needs_reload else ""
    # Gradio reads it as Markdown, where underscores slant
    info = "; ".join(filter(None, (facts.info, reload))).replace("_", "\\_")
    shared: dict[str, Any] = {
        "label": facts.label, "info": info or None, "value": value, "elem_id": f"setting_{key}"}
    if choices is not None:
        return gr.Dropdown(choices=choices(), multiselect=isinstance(facts.default, list),
                           allow_custom_value=True, **shared)
    return _control_of_kind(facts, shared)


def show_current(page: gr.Blocks, controls: Mapping[str, gr.components.Component], store: SettingsStore) -> None:
    """Bring the controls up to date whenever the page is loaded: they were built when the program started."""

    def read() -> list[Any]:
        values = store.current.flat()
        return [gr.update(value=values[key]) for key in controls]

    page.load(read, None, list(controls.values()), api_visibility="private", queue=False, show_progress="hidden")


def save_on_change(control: gr.components.Component, key: str, store: SettingsStore) -> None:
    """Put a control's value into force as soon as it is changed."""

    def save(value: Any) -> None:
        try:
            store.update({key: value})
        except WebUIError as error:
            raise gr.Error(str(error), print_exception=False) from error

    event = control.release if isinstance(control, gr.Slider) else control.input  # type: ignore[attr-defined]
    event(save, control, None, api_visibility="private", queue=False, show_progress="hidden")


def _control_of_kind(facts: Option, shared: dict[str, Any]) -> gr.components.Component:
    if isinstance(facts.default, bool):
        return gr.Checkbox(**shared)
    if isinstance(facts.default, list):
        return gr.Dropdown(choices=list(shared["value"]), multiselect=True, allow_custom_value=True, **shared)
    if facts.choices:
        kind = gr.Radio if len(facts.choices) <= 4 else gr.Dropdown
        return kind(choices=list(facts.choices), **shared)
    if facts.step is not None and facts.minimum is not None and facts.maximum is not None:
        return gr.Slider(facts.minimum, facts.maximum, step=facts.step, **shared)
    if isinstance(facts.default, (int, float)):
        return gr.Number(precision=0 if isinstance(facts.default, int) else None, **shared)
    if isinstance(facts.default, str) and facts.default.startswith("#"):
        return gr.ColorPicker(**shared)
    return gr.Textbox(max_lines=1, **shared)
