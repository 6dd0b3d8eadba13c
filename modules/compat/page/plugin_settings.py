"""Options that plugins have added, as pages of the settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import gradio as gr
from gradio.components import Component

from modules.compat.facade import facade
from modules.compat.host import HOST
from modules.compat.option_info import OptionInfo
from modules.compat.page.gradio_context import PageMark, kept_place
from modules.compat.surroundings import plugin_code
from modules.frontend.page_plugins import SettingsSection
from modules.settings.sections import SECTIONS

OTHERS = ("extensions_options", "Other options")
"""Where options go that name no section."""


def settings_sections() -> Sequence[SettingsSection]:
    """Return the added options by section, in the order they were added."""
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    for key, info in facade("shared").opts.added.items():
        where, title = [*(str(one) for one in info.section or () if one is not None), *OTHERS][:2] if _placed(
            info) else OTHERS
        where = f"{where}_options" if where in SECTIONS else where
        found.setdefault(where, (title, {}))[1][key] = partial(_build, key, info)
    return [SettingsSection(where, title, controls) for where, (title, controls) in found.items()]


def setting_values() -> Mapping[str, Any]:
    """Return what is in force."""
    opts = facade("shared").opts
    return {key: opts.data.get(key, info.default) for key, info in opts.added.items()}


def save_settings(values: Mapping[str, Any]) -> list[str]:
    """Put values into force and keep them; return the keys that changed. Raises: OutputError."""
    opts = facade("shared").opts
    with plugin_code():
        changed = [key for key, value in values.items() if opts.set(key, value)]
    if changed:
        opts.save(str(HOST.require().settings.path))
    return changed


def get_value_for_setting(key: str) -> Any:
    """Say that a control is to show what is in force."""
    shared = facade("shared")
    info = shared.opts.data_labels[key]
    args = (info.component_args() if callable(info.component_args) else info.component_args) or {}
    return gr.update(value=getattr(shared.opts, key), **{name: value for name, value in args.items()
                                                         if name != "precision"})


def create_setting_component(key: str, is_quicksettings: bool = False) -> Any:
    """Add the control of an option to a page of an extension."""
    return _control(key, facade("shared").opts.data_labels[key])


def _placed(info: OptionInfo) -> bool:
    return bool(info.section) and len(info.section) >= 2 and info.section[0] is not None


def _build(key: str, info: OptionInfo) -> Component | None:
    """Build the control of an option; None where it has no value, or could not be built."""
    mark = PageMark()
    with kept_place(), plugin_code(), gr.Column(elem_classes=["setting-of-plugin"]) as place:
        control = HOST.require().calls.call(f"settings of {(info.section or OTHERS)[1]}", key, _control, key, info)
    if not isinstance(control, Component):
        place.unrender()
        mark.forget_what_came()
        return None
    return None if info.do_not_save else control


def _control(key: str, info: OptionInfo) -> Any:
    value = facade("shared").opts.data.get(key, info.default)
    args = (info.component_args() if callable(info.component_args) else info.component_args) or {}
    kind = info.component or _kind_of(info.default)
    control = kind(label=info.label, value=value, elem_id=f"setting_{key}", **args)
    if info.refresh is not None:
        facade("ui_common").create_refresh_button(control, info.refresh, info.component_args, f"refresh_{key}")
    notes = " ".join(filter(None, (info.comment_before, info.comment_after)))
    if notes and not info.do_not_save:
        gr.HTML(notes, elem_classes=["setting-notes"])
    return control


def _kind_of(default: Any) -> Any:
    if isinstance(default, bool):
        return gr.Checkbox
    if isinstance(default, int):
        return partial(gr.Number, precision=0)
    return gr.Number if isinstance(default, float) else gr.Textbox
