"""What an infotext says to scripts' controls."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import gradio as gr

from modules.compat.callbacks import call_back
from modules.compat.host import HOST
from modules.compat.page.fields import PasteField, fields_of
from modules.compat.scripts.runner import ScriptRunner
from modules.compat.surroundings import plugin_code


def pasted_components(runner: ScriptRunner) -> list[Any]:
    """Return every control that an infotext may set, once."""
    found = {field.component._id: field.component for field in fields_of(runner.infotext_fields)}
    return list(found.values())


def pasted_updates(runner: ScriptRunner, components: Sequence[Any], infotext: str, fields: Mapping[str, Any],
                   everything: bool) -> list[Any]:
    """Return one update for each of ``components``; unless it is ``everything``, for what follows a picture."""
    said = dict(fields)
    with plugin_code():
        call_back("infotext_pasted", infotext, said)
    updates: dict[int, Any] = {}
    for field in fields_of(runner.infotext_fields):
        if everything or field.label in runner.paste_field_names:
            update = _update(field, said)
            if update is not None:
                updates[field.component._id] = update
    return [updates.get(component._id, gr.skip()) for component in components]


def _update(field: PasteField, said: dict[str, Any]) -> Any:
    if field.function is None:
        value = said.get(field.label or "")
    else:
        with plugin_code():
            value = HOST.require().calls.call("a script", "infotext_fields", field.function, said)
    if value is None:
        return None
    if isinstance(value, dict) and value.get("__type__"):
        return value
    fitting = _fitting(field.component, value)
    return None if fitting is None else gr.update(value=fitting)


def _fitting(component: Any, value: Any) -> Any:
    """Bring a value to the kind that the control has, within its reach."""
    if isinstance(component, gr.Checkbox):
        return str(value) not in ("False", "0", "")
    if isinstance(component, (gr.Slider, gr.Number)):
        return _number(component, value)
    if isinstance(component, gr.Dropdown) and component.multiselect and isinstance(value, str):
        return [one.strip() for one in value.split(",") if one.strip()]
    return value


def _number(component: Any, value: Any) -> float | int | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    if not math.isfinite(number):
        return None
    if isinstance(component, gr.Slider):
        number = min(max(number, component.minimum), component.maximum)
    return int(number) if number == int(number) else number
