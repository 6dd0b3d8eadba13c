"""Plugins of our own kind: a class whose attributes are its parameters and whose methods are hooks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import FunctionType
from typing import Any, ClassVar

from modules.foundation.errors import InvalidRequestError
from modules.generation.hooks import GenerationHooks
from modules.generation.request import GenerationRequest
from modules.sampling.hooks import SamplingHooks
from modules.settings.option import Option

ON = "on"
"""What an infotext says after the title of a plugin that took part."""


def number(label: str, default: float, *, minimum: float | None = None, maximum: float | None = None,
           step: float | None = None, info: str = "") -> Any:
    """Declare a parameter that is a number. With limits it is shown as a slider."""
    return Option(label, float(default), info, minimum, maximum, step)


def whole(label: str, default: int, *, minimum: int | None = None, maximum: int | None = None, step: int = 1,
          info: str = "") -> Any:
    """Declare a parameter that is a whole number."""
    return Option(label, default, info, minimum, maximum, step)


def toggle(label: str, default: bool = False, *, info: str = "") -> Any:
    """Declare a parameter that is on or off."""
    return Option(label, default, info)


def choice(label: str, choices: Sequence[str], default: str | None = None, *, info: str = "") -> Any:
    """Declare a parameter that is one of several words; the first, if nothing is said."""
    return Option(label, choices[0] if default is None else default, info, choices=tuple(choices))


def text(label: str, default: str = "", *, info: str = "") -> Any:
    """Declare a parameter that is a text."""
    return Option(label, default, info)


class Plugin(GenerationHooks, SamplingHooks):
    """A native plugin. Declare parameters as attributes; override the hooks you need.

    For every run in which it takes part an object is made, whose attributes are the values of the run. Hooks are
    those of ``GenerationHooks`` and ``SamplingHooks``, described there; ``request`` comes before all of them.
    """

    title: ClassVar[str] = ""
    """What it is called on the page, in the API and in infotexts; without one, the name of the class."""
    always_on: ClassVar[bool] = False
    """Takes part in every run, instead of having a box to switch it on."""

    parameters: ClassVar[Mapping[str, Option]] = {}
    """The declared parameters by name."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own = {name: value for name, value in vars(cls).items() if isinstance(value, Option)}
        cls.parameters = {**cls.parameters, **own}
        cls.title = cls.__dict__.get("title") or re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", cls.__name__)

    def __init__(self, values: Mapping[str, Any] | None = None) -> None:
        """Take the values of a run; what is not given has its default. Raises: InvalidRequestError."""
        given = dict(values or {})
        for name in given:
            if name not in self.parameters:
                raise InvalidRequestError(self.title, f"{self.title} has no parameter {str(name)[:60]!r}.",
                                          remedy=f"It has: {', '.join(self.parameters) or 'none'}.")
        for name, option in self.parameters.items():
            setattr(self, name, option.coerce(f"{self.title}: {name}", given.get(name)))

    @classmethod
    def infotext_key(cls, name: str) -> str:
        """Return the key under which a parameter stands in infotexts."""
        label = re.sub(r"[:,\n\"]", " ", cls.parameters[name].label).strip()
        return cls.parameters[name].infotext or f"{cls.title} {label.lower()}"

    def infotext(self) -> dict[str, Any]:
        """Return what infotexts say: that it took part, and with which values."""
        return {self.title: ON, **{self.infotext_key(name): getattr(self, name) for name in self.parameters}}

    def request(self, request: GenerationRequest) -> GenerationRequest:
        """Replace what was asked for, before anything is planned."""
        return request

    @classmethod
    def overridden(cls) -> list[str]:
        """Return the names of the hooks that do something here."""
        return [name for name in HOOKS if getattr(cls, name) is not getattr(Plugin, name)]


def _methods(kind: type) -> tuple[str, ...]:
    return tuple(name for name, value in vars(kind).items() if isinstance(value, FunctionType)
                 and not name.startswith("_") and name != "wants")


GENERATION_HOOKS = _methods(GenerationHooks)
SAMPLING_HOOKS = _methods(SamplingHooks)
HOOKS = ("request", *GENERATION_HOOKS, *SAMPLING_HOOKS)
"""Everything that a plugin may override."""


def document(kind: type[Plugin]) -> str:
    """Describe a plugin's parameters for people who write prompts, grids and programs. Markdown."""
    lines = [f"### {kind.title}", "", (kind.__doc__ or "").strip(), ""]
    if kind.parameters:
        lines += ["| parameter | kind | default | in infotexts |", "|---|---|---|---|"]
    for name, option in kind.parameters.items():
        lines.append(f"| {name}: {option.label} | {_describe(option)} | {option.default} | {kind.infotext_key(name)} |")
    return "\n".join([*lines, "", f"Hooks: {', '.join(kind.overridden()) or 'none'}"])


def _describe(option: Option) -> str:
    if option.choices:
        return ", ".join(map(str, option.choices))
    kind = {bool: "on or off", int: "whole number", float: "number", str: "text"}[type(option.default)]
    if option.minimum is None or option.maximum is None:
        return kind
    return f"{kind} from {option.minimum:g} to {option.maximum:g}"
