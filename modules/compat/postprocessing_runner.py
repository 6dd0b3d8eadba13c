"""Keeps the postprocessing scripts. Reference: A1111 v1.10.1 ``ScriptPostprocessingRunner``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from modules.compat.host import HOST
from modules.compat.postprocessing_bridge import operation_kinds
from modules.compat.postprocessing_scripts import (
    PostprocessedImage,
    ScriptPostprocessing,
    build_controls,
    off_page,
    take_extras,
)
from modules.compat.scripts.registry import ScriptClassData


class ScriptPostprocessingRunner:
    """Keeps one instance of each postprocessing script."""

    def __init__(self) -> None:
        self.scripts: list[ScriptPostprocessing] = []
        self.ui_created = False

    def initialize_scripts(self, scripts_data: Sequence[ScriptClassData]) -> None:
        """Make the instances, and let the Extras tab and the API have them."""
        self.scripts = [script for data in scripts_data if (script := _create(data)) is not None]
        HOST.require().extras.operations.replace_added(operation_kinds(self.scripts))

    def scripts_in_preferred_order(self) -> list[ScriptPostprocessing]:
        """Return them in the order they work in."""
        chosen = HOST.require().settings.current.postprocessing
        first = chosen.postprocessing_operation_order
        return sorted((script for script in self.scripts if script.name not in chosen.postprocessing_disable_in_extras),
                      key=lambda one: (first.index(one.name) if one.name in first else len(first), one.order, one.name))

    def create_script_ui(self, script: ScriptPostprocessing, inputs: list[Any]) -> None:
        """Build a script's controls and append them to ``inputs``."""
        script.args_from = script.args_to = len(inputs)
        build_controls(script)
        inputs += (script.controls or {}).values()
        script.args_to = len(inputs)

    def setup_ui(self) -> list[Any]:
        """Build the controls of all scripts; return them in one list."""
        inputs: list[Any] = []
        for script in self.scripts_in_preferred_order():
            self.create_script_ui(script, inputs)
        self.ui_created = True
        return inputs

    def create_args_for_run(self, scripts_args: Mapping[str, Mapping[str, Any]]) -> list[Any]:
        """Return the values of all controls in one list; None where nothing is said about a script."""
        if not self.ui_created:
            with off_page():
                self.setup_ui()
        values: list[Any] = [None] * max((script.args_to or 0 for script in self.scripts), default=0)
        for script in self.scripts:
            known = scripts_args.get(script.name or "", {})
            for place, control in enumerate(script.controls or ()):
                values[(script.args_from or 0) + place] = known.get(control)
        return values

    def run(self, pp: PostprocessedImage, args: Sequence[Any]) -> None:
        """Let every script work on a picture, whatever comes of it included. Raises: what a script raises."""
        prepared = [(script, _named(script, args)) for script in self.scripts_in_preferred_order()]
        for script, values in prepared:
            script.process_firstpass(pp, **values)
        pictures = [pp]
        for script, values in prepared:
            for one in list(pictures):
                if not one.disable_processing:
                    script.process(one, **values)
                pictures += take_extras(one)
        pp.extra_images = pictures[1:]

    def image_changed(self) -> None:
        """Tell every script that there is another picture."""
        for script in self.scripts:
            HOST.require().calls.call(script.plugin, "image_changed", script.image_changed)


def _named(script: ScriptPostprocessing, args: Sequence[Any]) -> dict[str, Any]:
    return dict(zip(script.controls or (), args[script.args_from or 0:script.args_to or 0]))


def _create(data: ScriptClassData) -> ScriptPostprocessing | None:
    script: Any = HOST.require().calls.call(data.plugin, "creating", data.script_class)
    if script is None:
        return None
    script.filename, script.plugin = data.path, data.plugin
    script.name = str(script.name or data.path)
    return script
