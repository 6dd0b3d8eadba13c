"""Scripts as the HTTP API lists and takes them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from modules.api.sdapi.scripts import Script, ScriptArgument, Sections, Tab
from modules.compat.script_host import runner_of
from modules.compat.scripts.runner import defaults_of, title_of
from modules.compat.scripts.script import Script as PluginScript
from modules.generation.request import GenerationRequest


@dataclass(frozen=True)
class ApiScript:
    """A script of a plugin, for one tab."""

    title: str
    is_alwayson: bool
    script: PluginScript

    def arguments(self, tab: Tab) -> Sequence[ScriptArgument]:
        return [_argument(control, _told(value))
                for control, value in zip(self.script.controls or (), defaults_of(self.script))]

    def apply(self, request: GenerationRequest, args: Sequence[Any]) -> GenerationRequest:
        if self.is_alwayson:
            return replace(request, alwayson_scripts={**request.alwayson_scripts, self.title: list(args)})
        return replace(request, script_name=self.title, script_args=tuple(args))


class ApiScripts:
    """The sections of the page that A1111 lists as scripts, and the scripts of plugins."""

    def __init__(self) -> None:
        self._sections = Sections()

    def find(self, title: str, tab: Tab) -> Script | None:
        wanted = title.lower()
        return next((one for one in self.all(tab) if one.title.lower() == wanted), None)

    def all(self, tab: Tab) -> Sequence[Script]:
        runner = runner_of(img2img=tab == "img2img")
        chosen = [ApiScript(title_of(one), False, one) for one in runner.selectable_scripts]
        always = [ApiScript(title_of(one), True, one) for one in runner.alwayson_scripts]
        return [*chosen, *always, *self._sections.all(tab)]


def _told(value: Any) -> Any:
    """Return a value that JSON can have; None in the place of others, as the page has it."""
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return None
    return value


def _argument(control: Any, value: Any) -> ScriptArgument:
    choices = getattr(control, "choices", None)
    return ScriptArgument(
        str(getattr(control, "label", None) or ""), value, getattr(control, "minimum", None),
        getattr(control, "maximum", None), getattr(control, "step", None),
        tuple(one[0] if isinstance(one, (list, tuple)) else one for one in choices) if choices is not None else None)
