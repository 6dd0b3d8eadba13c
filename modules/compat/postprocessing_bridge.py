"""Postprocessing scripts as operations of the core: on the Extras tab, and in the API."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from modules.compat.host import HOST
from modules.compat.postprocessing_scripts import (
    PostprocessedImage,
    ScriptPostprocessing,
    build_controls,
    controls_of,
    take_extras,
)
from modules.compat.scripts.runner import value_at_first
from modules.extras.operation import Operation, Tools
from modules.extras.operations import OperationKind
from modules.extras.picture import Picture
from modules.extras.request import ExtrasRequest
from modules.foundation.errors import InvalidRequestError, PluginError
from modules.foundation.size import Size
from modules.plugins.importing import acting_for


def operation_kinds(scripts: Sequence[ScriptPostprocessing]) -> list[OperationKind]:
    """Return what the core has to know of each script."""
    return [OperationKind(str(script.name), script.order, _reader(script), _builder(script)) for script in scripts]


def _reader(script: ScriptPostprocessing) -> Callable[[ExtrasRequest], Operation]:
    def read(request: ExtrasRequest) -> Operation:
        return ScriptOperation(script, request.scripts.get(str(script.name)))

    return read


def _builder(script: ScriptPostprocessing) -> Callable[[], Mapping[str, Any]]:
    def build() -> Mapping[str, Any]:
        build_controls(script)
        return script.controls or {}

    return build


@dataclass(frozen=True)
class ScriptOperation(Operation):
    """A postprocessing script with the values of its controls; None: nobody said anything about it.

    It is called all the same then, with None for every value, as A1111's API does; where it fails, the picture stays.
    """

    script: ScriptPostprocessing
    values: Mapping[str, Any] | None

    @property
    def name(self) -> str:  # type: ignore[override]
        return str(self.script.name)

    @property
    def order(self) -> int:  # type: ignore[override]
        return self.script.order

    def prepare(self, picture: Picture) -> Picture:
        pp = _lend(picture)
        failure = self._call("process_firstpass", self.script.process_firstpass, pp)
        if failure is not None and self.values is not None:
            raise failure
        return _take(picture, pp)

    def process(self, picture: Picture, tools: Tools) -> Sequence[Picture]:
        pp = _lend(picture)
        failure = self._call("process", self.script.process, pp)
        if failure is not None:
            if self.values is not None:
                raise failure
            tools.say(failure.message)
            return [picture]
        return [_take(picture, pp), *(_take(picture, one) for one in take_extras(pp))]

    def _call(self, hook: str, function: Callable[..., None], pp: PostprocessedImage) -> PluginError | None:
        """Return what went wrong."""
        calls, plugin, arguments = HOST.require().calls, self.script.plugin, self._arguments()

        def work() -> bool:
            with acting_for(plugin):
                function(pp, **arguments)
            return True

        if calls.call(plugin, hook, work):
            return None
        return PluginError(f"{calls.failures(plugin)[-1].told()}.", remedy="Switch it off, or ask its author.")

    def _arguments(self) -> dict[str, Any]:
        controls = controls_of(self.script)
        if self.values is None:
            return dict.fromkeys(controls)
        if unknown := self.values.keys() - controls.keys():
            raise InvalidRequestError("scripts", f"{self.name} has no control {min(unknown)!r}.",
                                      remedy=f"It has: {', '.join(controls) or 'none'}.")
        return {name: self.values[name] if name in self.values else value_at_first(control)
                for name, control in controls.items()}


def _lend(picture: Picture) -> PostprocessedImage:
    """Return the picture as scripts know it; the same object all the way, with what they have left in it."""
    pp = picture.attachment if isinstance(picture.attachment, PostprocessedImage) else PostprocessedImage(picture.image)
    pp.image, pp.info, pp.nametags = picture.image, dict(picture.facts), list(picture.tags)
    pp.disable_processing, pp.caption = picture.finished, picture.caption or None
    if picture.target is not None:
        pp.shared.target_width, pp.shared.target_height = picture.target.width, picture.target.height
    return pp


def _take(picture: Picture, pp: PostprocessedImage) -> Picture:
    width, height = pp.shared.target_width, pp.shared.target_height
    image = pp.image if pp.image.mode in ("RGB", "RGBA") else pp.image.convert(
        "RGBA" if pp.image.has_transparency_data else "RGB")
    return replace(
        picture, image=image, facts=dict(pp.info), tags=tuple(str(tag) for tag in pp.nametags),
        target=Size(int(width), int(height)) if width and height else picture.target,
        finished=bool(pp.disable_processing), caption=str(pp.caption or ""), attachment=pp)
