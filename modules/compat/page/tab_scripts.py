"""The scripts of one form: their panels, the choice of one of them, and their values in a request."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import gradio as gr
from gradio.components import Component

from modules.compat.facade import facade
from modules.compat.gradio3.visibility import NOT_SHOWN, classes_when
from modules.compat.host import HOST
from modules.compat.page.gradio_context import PageMark, kept_place
from modules.compat.page.pasting import pasted_components, pasted_updates
from modules.compat.page.values import written_or
from modules.compat.script_host import runner_of
from modules.compat.scripts.runner import defaults_of, title_of
from modules.compat.scripts.script import Script, slug
from modules.compat.surroundings import plugin_code
from modules.generation.request import GenerationRequest

LAST = "scripts"
"""The section that stands where scripts without one do."""
NO_SCRIPT = "None"


class PageScripts:
    """Builds the panels of one tab's scripts, and reads them."""

    def __init__(self, tab: str) -> None:
        self._tab = tab
        self._runner = runner_of(img2img=tab == "img2img")
        self._built: set[str] = set()

    @property
    def components(self) -> list[Component]:
        return list(self._runner.inputs)

    @contextlib.contextmanager
    def building(self) -> Iterator[None]:
        """Have the tab's scripts told of components, and their controls begin anew."""
        scripts = facade("scripts")
        self._runner.prepare_ui()
        self._built.clear()
        scripts.scripts_current = self._runner
        try:
            yield
        finally:
            scripts.scripts_current = None

    def build_section(self, name: str) -> None:
        """Build the panels of the scripts that want to stand in a part of the form."""
        self._built.add(name)
        for script in self._runner.alwayson_scripts:
            if script.section == name:
                self._build_panel(script)

    def build(self) -> None:
        """Build what is left: parts of the form that there are not, panels, the choice of a script and its panel."""
        for section in dict.fromkeys(script.section for script in self._runner.alwayson_scripts):
            if section and section not in self._built and section != LAST:
                self.build_section(section)
        with gr.Column(elem_id=f"{self._tab}_script_container", elem_classes=["script-container"]):
            for script in self._runner.alwayson_scripts:
                if not script.section or script.section == LAST:
                    self._build_panel(script)
            self._build_choice()

    def apply(self, request: GenerationRequest, values: Sequence[Any]) -> GenerationRequest:
        """Return ``request`` with the chosen script, and with what scripts that are always on do not have by default.

        Raises: OutputError where a picture cannot be kept.
        """
        runner = self._runner
        always = {}
        for script in runner.alwayson_scripts:
            said, usual = self._values(script, values)
            if said != usual:
                always[title_of(script)] = said
        chosen = values[0] if values else None
        if not isinstance(chosen, int) or not 0 < chosen <= len(runner.selectable_scripts):
            return replace(request, alwayson_scripts=always)
        script = runner.selectable_scripts[chosen - 1]
        said, _ = self._values(script, values)
        return replace(request, alwayson_scripts=always, script_name=title_of(script), script_args=tuple(said))

    @property
    def pasted_components(self) -> list[Component]:
        return pasted_components(self._runner)

    def pasted(self, infotext: str, fields: Mapping[str, Any], *, everything: bool) -> list[Any]:
        """Return one update for each of ``pasted_components``."""
        return pasted_updates(self._runner, self.pasted_components, infotext, fields, everything)

    def _values(self, script: Script, values: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """Return a script's values, and those it has by default, as a request holds them."""
        pictures = HOST.require().bench.pictures
        defaults = defaults_of(script)
        said = values[script.args_from or 0:script.args_to or 0]
        usual = [written_or(default, None, pictures) for default in defaults]
        return [written_or(value, default, pictures) for value, default in zip(said, defaults)], usual

    def _build_panel(self, script: Script, *, shown: bool = True) -> None:
        mark = PageMark()
        if not script.create_group:
            self._build_controls(script)
            return
        away = [] if shown else [NOT_SHOWN]
        with gr.Column(elem_classes=["script-panel", "plugin-area", *away], elem_id=self._panel_id(script)) as panel:
            whole = self._build_controls(script)
        script.group = panel
        if not panel.children or not whole:
            panel.unrender()
            mark.forget_what_came()
            script.group = None

    def _build_controls(self, script: Script) -> bool:
        """Build a script's controls; say whether that went well."""
        calls = HOST.require().calls
        failed: list[object] = []
        stop = calls.listen(failed.append)
        try:
            with kept_place(), plugin_code(script.plugin):
                controls = self._runner.build_controls(script)
        finally:
            stop()
        odd = [control for control in controls if not isinstance(control, Component)]
        if odd:
            calls.note_failure(script.plugin, "ui", TypeError(f"ui() returned {odd[0]!r}, which is no component"))
            del self._runner.inputs[script.args_from:]
            script.controls, script.args_to = [], script.args_from
        return not failed and not odd

    def _build_choice(self) -> None:
        runner = self._runner
        titles = [NO_SCRIPT, *runner.titles]
        choice = gr.Dropdown(titles, value=NO_SCRIPT, type="index", label="Script", elem_id="script_list",
                             elem_classes=["script-choice"])
        runner.inputs[0] = choice
        for script in runner.selectable_scripts:
            self._build_panel(script, shown=False)
        panels = [(title, script.group) for title, script in zip(runner.titles, runner.selectable_scripts)
                  if script.group is not None]
        if panels:
            # by class: where Gradio shows a column it also shows what a script has hidden in it
            looks = json.dumps([[title, classes_when(panel, shown=True), classes_when(panel, shown=False)]
                                for title, panel in panels])
            choice.change(
                None, choice, [panel for _, panel in panels], api_visibility="private",
                js=f"(title) => {looks}.map(([one, shown, hidden]) => "
                   "({__type__: 'update', elem_classes: one === title ? shown : hidden}))")

    def _panel_id(self, script: Script) -> str:
        return f"{self._tab}_script_panel_{slug(title_of(script))}"
