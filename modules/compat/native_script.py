"""Native plugins as scripts that are always on: so they have controls, API, infotext, paste and grids like all others.

``loading.py`` asks for the scripts of a module, ``processing.py`` for the hooks that take part in a run.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import fields
from types import ModuleType
from typing import Any, ClassVar

import gradio as gr

from modules.compat.conversion import HIRES, PICTURES, SHARED, lend_request
from modules.compat.host import HOST
from modules.compat.scripts.script import AlwaysVisible, Script
from modules.foundation.errors import InvalidRequestError
from modules.frontend.controls import input_accordion
from modules.generation.hooks import GenerationHooks
from modules.generation.request import GenerationRequest
from modules.plugins.isolation import isolate
from modules.plugins.native import ON, Plugin
from modules.settings.option import Option

VALUES = "native_values"
"""Attribute of ``p``: values that grids put in the place of those of the controls."""
ENABLED = "enabled"


class NativeScript(Script):
    """A native plugin in the clothes of a script. Its first value is the box that switches it on, if it has one."""

    kind: ClassVar[type[Plugin]]
    parameter_names: Sequence[str] = ()
    """Whose values the page sends, in this order: those there were when it was built."""

    def title(self) -> str:
        return self.kind.title

    def show(self, is_img2img: bool) -> Any:
        return AlwaysVisible

    def ui(self, is_img2img: bool) -> Sequence[Any]:
        kind = self.kind
        self.parameter_names = tuple(kind.parameters)
        if kind.always_on:
            with gr.Accordion(kind.title, open=False, elem_id=self.elem_id("accordion"), visible=bool(kind.parameters)):
                controls = self._build()
            self.infotext_fields = controls
            self.paste_field_names = [key for _, key in controls]
            return [control for control, _ in controls]
        with input_accordion(kind.title, self.elem_id("accordion")) as enabled:
            controls = self._build()
        self.infotext_fields = [(enabled, lambda pasted: pasted.get(kind.title) == ON), *controls]
        self.paste_field_names = [kind.title, *(key for _, key in controls)]
        return [enabled, *(control for control, _ in controls)]

    def before_process(self, p: Any, *args: Any) -> None:
        if "request" in self.kind.overridden() and (plugin := self._plugin(p, args)):
            change_request(p, plugin.request)

    def process(self, p: Any, *args: Any) -> None:
        if plugin := self._plugin(p, args):
            p.extra_generation_params.update(plugin.infotext())

    def takes_part(self, p: Any, args: Sequence[Any]) -> bool:
        """Say whether the plugin was switched on for a run."""
        first = args[0] if args else False
        return self.kind.always_on or isinstance(first, dict) or bool(self._set_by_grid(p).get(ENABLED, first))

    def values(self, p: Any, args: Sequence[Any]) -> dict[str, Any]:
        """Return the parameters of a run by name. Programs may send them by name, as one object."""
        sent = zip(self.parameter_names, args if self.kind.always_on else args[1:])
        given = {name: value for name, value in sent if name in self.kind.parameters}
        if args and isinstance(args[0], dict):
            given = dict(args[0])
        set_by_grid = {name: value for name, value in self._set_by_grid(p).items() if name != ENABLED}
        return {**given, **set_by_grid}

    def _plugin(self, p: Any, args: Sequence[Any]) -> Plugin | None:
        """Return the plugin where it takes part.

        None for values that cannot be used: they are no failure of the plugin, and ``native_hooks`` refuses the job.
        """
        if not self.takes_part(p, args):
            return None
        try:
            return self.kind(self.values(p, args))
        except InvalidRequestError:
            return None

    def _set_by_grid(self, p: Any) -> dict[str, Any]:
        return getattr(p, VALUES, {}).get(self.kind.title, {})

    def _build(self) -> list[tuple[Any, str]]:
        """Build a control for each parameter; return them with their keys in infotexts."""
        return [(_control(option, self.elem_id(name)), self.kind.infotext_key(name))
                for name, option in self.kind.parameters.items()]


def native_scripts(module: ModuleType) -> list[type[NativeScript]]:
    """Return a script for every native plugin that a module defines itself."""
    found = [value for value in vars(module).values() if inspect.isclass(value) and issubclass(value, Plugin)
             and value.__module__ == module.__name__]
    return [type(kind.__name__, (NativeScript,), {"kind": kind, "__module__": module.__name__, "__doc__": kind.__doc__})
            for kind in dict.fromkeys(found)]


def native_hooks(p: Any) -> list[GenerationHooks]:
    """Return the hooks of the native plugins that take part in a run. Raises: InvalidRequestError for their values."""
    hooks = []
    for script in p.scripts.alwayson_scripts if p.scripts else ():
        if isinstance(script, NativeScript):
            args = (p.script_args or ())[script.args_from or 0:script.args_to or 0]
            if script.takes_part(p, args):
                plugin = script.kind(script.values(p, args))
                hooks.append(isolate(plugin, script.plugin, HOST.require().calls))
    return hooks


def change_request(p: Any, change: Callable[[GenerationRequest], GenerationRequest]) -> None:
    """Let something change what ``p`` asks for, as a request. Raises: InvalidRequestError."""
    with lend_request(p, HOST.require().bench.pictures) as request:
        changed = change(request)
    settings = {"checkpoint": "sd_model_checkpoint", "clip_skip": "CLIP_stop_at_last_layers"}
    for item in fields(GenerationRequest):
        value = getattr(changed, item.name)
        if value == getattr(request, item.name):
            continue
        if item.name in (*SHARED, *HIRES, *PICTURES):
            setattr(p, item.name, value)
        elif item.name == "batch_count":
            p.n_iter = value
        elif item.name == "styles":
            p.styles = list(value)
        elif item.name in settings:
            p.override_settings = {**(p.override_settings or {}), settings[item.name]: value}


def set_value(p: Any, kind: type[Plugin], name: str, value: Any) -> None:
    """Put a parameter in the place of its control's value, and switch the plugin on."""
    known = getattr(p, VALUES, {})
    own = {**known.get(kind.title, {}), name: value, ENABLED: True}
    setattr(p, VALUES, {**known, kind.title: own})  # a copy: copies of p share what they hold


def _control(option: Option, elem_id: str) -> Any:
    shared: dict[str, Any] = {"label": option.label, "info": option.info or None, "value": option.default,
                              "elem_id": elem_id}
    if isinstance(option.default, bool):
        return gr.Checkbox(**shared)
    if option.choices:
        return gr.Dropdown(list(option.choices), **shared)
    if isinstance(option.default, str):
        return gr.Textbox(**shared)
    whole = isinstance(option.default, int)
    if option.minimum is None or option.maximum is None:
        return gr.Number(precision=0 if whole else None, **shared)
    return gr.Slider(option.minimum, option.maximum, step=option.step or (1 if whole else 0.01), **shared)
