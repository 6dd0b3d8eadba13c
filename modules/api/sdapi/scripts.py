"""Scripts that a request may name, and the sections of A1111's page that are scripts there."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

from fastapi import HTTPException

from modules.foundation.errors import InvalidRequestError
from modules.generation.request import GenerationRequest, SoftInpainting

Tab = Literal["txt2img", "img2img"]


@dataclass(frozen=True)
class ScriptArgument:
    """One control of a script, as ``/sdapi/v1/script-info`` lists it."""

    label: str
    value: Any = None
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    choices: tuple[str, ...] | None = None


class Script(Protocol):
    """Something that changes a request, named by its title."""

    @property
    def title(self) -> str:
        ...

    @property
    def is_alwayson(self) -> bool:
        """Whether it takes part in every request, instead of being chosen by ``script_name``."""
        ...

    def arguments(self, tab: Tab) -> Sequence[ScriptArgument]:
        """Return its controls in order."""
        ...

    def apply(self, request: GenerationRequest, args: Sequence[Any]) -> GenerationRequest:
        """Return the request as the script wants it; ``args`` has one value for every control.

        Raises: InvalidRequestError.
        """
        ...


class ScriptCatalog(Protocol):
    """Where scripts are found."""

    def find(self, title: str, tab: Tab) -> Script | None:
        """Find a script of a tab by its title, in any case."""
        ...

    def all(self, tab: Tab) -> Sequence[Script]:
        """Return the scripts of a tab: those to choose from first, then those that are always on."""
        ...


@dataclass(frozen=True)
class Section:
    """A part of A1111's page that its API lists as a script that is always on."""

    title: str
    controls: tuple[ScriptArgument, ...]
    tabs: tuple[Tab, ...] = ("txt2img", "img2img")
    change: Callable[[GenerationRequest, Sequence[Any]], GenerationRequest] = lambda request, args: request
    """By default nothing: a request has fields of its own for what the section shows."""
    is_alwayson: bool = True

    def arguments(self, tab: Tab) -> Sequence[ScriptArgument]:
        return self.controls

    def apply(self, request: GenerationRequest, args: Sequence[Any]) -> GenerationRequest:
        return self.change(request, args)


class Sections:
    """The catalog of those sections alone."""

    def __init__(self, sections: Sequence[Section] | None = None) -> None:
        self._sections = SECTIONS if sections is None else sections

    def find(self, title: str, tab: Tab) -> Script | None:
        wanted = title.lower()
        return next((one for one in self.all(tab) if one.title.lower() == wanted), None)

    def all(self, tab: Tab) -> Sequence[Script]:
        return [one for one in self._sections if tab in one.tabs]


@dataclass(frozen=True)
class ScriptUse:
    """A script and the values of all its controls."""

    script: Script
    args: tuple[Any, ...]


def choose_scripts(catalog: ScriptCatalog, tab: Tab, always_on: Mapping[str, Any]) -> list[ScriptUse]:
    """Read ``alwayson_scripts``: short lists are filled up with defaults, long ones cut.

    Raises: HTTPException 422 as A1111 words it; InvalidRequestError.
    """
    uses = []
    for title, entry in always_on.items():
        script = require_script(catalog, title, tab)
        if not script.is_alwayson:
            raise HTTPException(422, "Cannot have a selectable script in the always on scripts params")
        field = f"alwayson_scripts.{title[:60]}"
        args = entry.get("args", []) if isinstance(entry, Mapping) else entry
        if not isinstance(args, list):
            raise InvalidRequestError(field, f'{field} must be {{"args": […]}}.')
        defaults = [argument.value for argument in script.arguments(tab)]
        uses.append(ScriptUse(script, (*args[:len(defaults)], *defaults[len(args):])))
    return uses


def select_script(catalog: ScriptCatalog, tab: Tab, title: str, args: Sequence[Any]) -> ScriptUse:
    """Read ``script_name`` and ``script_args``; values that are not given are the controls' defaults.

    Raises: HTTPException 422 as A1111 words it; InvalidRequestError.
    """
    script = require_script(catalog, title, tab)
    defaults = [argument.value for argument in script.arguments(tab)]
    if script.is_alwayson:
        raise InvalidRequestError("script_name", f"{script.title} is always on; it cannot be chosen.")
    if len(args) > len(defaults):
        raise InvalidRequestError("script_args", f"{script.title} takes {len(defaults)} values, not {len(args)}.")
    return ScriptUse(script, (*args, *defaults[len(args):]))


def require_script(catalog: ScriptCatalog, title: str, tab: Tab) -> Script:
    """Raises: HTTPException 422 as A1111 words it."""
    script = catalog.find(title, tab)
    if script is None:
        raise HTTPException(422, f"Script '{title[:100]}' not found")
    return script


def _soften(request: GenerationRequest, args: Sequence[Any]) -> GenerationRequest:
    """Turn the controls of soft inpainting into the request's own values."""
    enabled, *numbers = args
    if not enabled:
        return request
    for argument, number in zip(_SOFT[1:], numbers):
        whole = isinstance(number, (int, float)) and not isinstance(number, bool)
        low, high = argument.minimum, argument.maximum
        if not whole or not math.isfinite(number) or low is None or high is None or not low <= number <= high:
            raise InvalidRequestError("alwayson_scripts.soft inpainting", (
                f"{argument.label} must be a number from {low:g} to {high:g}, not {str(number)[:60]!r}."))
    return replace(request, soft_inpainting=SoftInpainting(*map(float, numbers)))


_SOFT = (
    ScriptArgument("Soft inpainting", False),
    ScriptArgument("Schedule bias", 1, 0, 8, 0.1),
    ScriptArgument("Preservation strength", 0.5, 0, 8, 0.05),
    ScriptArgument("Transition contrast boost", 4, 1, 32, 0.5),
    ScriptArgument("Mask influence", 0, 0, 1, 0.05),
    ScriptArgument("Difference threshold", 0.5, 0, 8, 0.25),
    ScriptArgument("Difference contrast", 2, 0, 8, 0.25),
)
SECTIONS = (
    Section("Extra options", ()),
    Section("Soft inpainting", _SOFT, ("img2img",), _soften),
    Section("Refiner", (ScriptArgument("Refiner", False), ScriptArgument("Checkpoint", ""),
                        ScriptArgument("Switch at", 0.8, 0.01, 1.0, 0.01))),
    Section("Sampler", (ScriptArgument("Sampling steps", 20, 1, 150, 1), ScriptArgument("Sampling method", "DPM++ 2M"),
                        ScriptArgument("Schedule type", "Automatic"))),
    Section("Seed", (ScriptArgument("Seed", -1, step=1), ScriptArgument("Extra", False),
                     ScriptArgument("Variation seed", -1, step=1),
                     ScriptArgument("Variation strength", 0.0, 0, 1, 0.01),
                     ScriptArgument("Resize seed from width", 0, 0, 2048, 8),
                     ScriptArgument("Resize seed from height", 0, 0, 2048, 8))),
)
