"""What plugins add to the page, as the page sees it. ``compat`` implements this; here is a page without any."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from fastapi import APIRouter

from modules.generation.request import GenerationRequest

if TYPE_CHECKING:  # Gradio takes seconds, and the port is taken before
    from gradio.components import Component

    from modules.frontend.tab_strip import TabPage

SECTIONS = ("prompt", "image", "inpaint", "sampler", "accordions", "checkboxes", "dimensions", "cfg", "denoising",
            "seed", "batch", "override_settings")
"""Parts of a form that scripts may put controls into, by A1111's names."""


class TabScripts(Protocol):
    """The scripts of one form."""

    @property
    def components(self) -> list[Component]:
        """The choice of a script, and the controls of all scripts, in the order of their values."""

    def building(self) -> AbstractContextManager[None]:
        """Build the form inside this: scripts are told of every component."""

    def build_section(self, name: str) -> None:
        """Build what goes into a part of the form."""

    def build(self) -> None:
        """Build what goes to the end: other parts, panels, the choice of a script."""

    def apply(self, request: GenerationRequest, values: Sequence[Any]) -> GenerationRequest:
        """Return a request with what the controls say. Raises: InvalidRequestError."""

    @property
    def pasted_components(self) -> list[Component]:
        """Controls that an infotext may give a value to."""

    def pasted(self, infotext: str, fields: Mapping[str, Any], *, everything: bool) -> list[Any]:
        """Return one update for each of them; unless it is ``everything``, for what follows a picture to a tab."""


@dataclass(frozen=True)
class SettingsSection:
    """A page of the settings: what builds the controls, by the option's key."""

    where: str
    title: str
    controls: Mapping[str, Callable[[], Component | None]]


class PagePlugins(Protocol):
    """Everything that plugins add."""

    def building(self) -> AbstractContextManager[None]:
        """Build the page inside this."""

    def tab_scripts(self, tab: str) -> TabScripts:
        """Return the scripts of a form."""

    def tabs(self) -> Iterator[TabPage]:
        """Make the tabs of plugins; asked for once all tabs of ours are there."""

    def settings_sections(self) -> Sequence[SettingsSection]:
        """Return the options of plugins."""

    def setting_values(self) -> Mapping[str, Any]:
        """Return what is in force, by key."""

    def save_settings(self, values: Mapping[str, Any]) -> list[str]:
        """Put values into force and keep them; return the keys that changed. Raises: WebUIError."""

    def translations(self) -> list[str]:
        """Return the names of translations of the page."""

    def head(self) -> str:
        """Return the links to what plugins bring: translation, scripts, styles. Ask once the page is built."""

    def routes(self) -> APIRouter:
        """Return what scripts of plugins ask the server for."""


class NoScripts:
    """A form without scripts."""

    @property
    def components(self) -> list[Component]:
        return []

    @property
    def pasted_components(self) -> list[Component]:
        return []

    def building(self) -> AbstractContextManager[None]:
        return contextlib.nullcontext()

    def build_section(self, name: str) -> None:
        """Build nothing."""

    def build(self) -> None:
        """Build nothing."""

    def apply(self, request: GenerationRequest, values: Sequence[Any]) -> GenerationRequest:
        return request

    def pasted(self, infotext: str, fields: Mapping[str, Any], *, everything: bool) -> list[Any]:
        return []


class NoPlugins:
    """A page without plugins."""

    def building(self) -> AbstractContextManager[None]:
        return contextlib.nullcontext()

    def tab_scripts(self, tab: str) -> TabScripts:
        return NO_SCRIPTS

    def tabs(self) -> Iterator[TabPage]:
        return iter(())

    def settings_sections(self) -> Sequence[SettingsSection]:
        return ()

    def setting_values(self) -> Mapping[str, Any]:
        return {}

    def save_settings(self, values: Mapping[str, Any]) -> list[str]:
        return []

    def translations(self) -> list[str]:
        return ["None"]

    def head(self) -> str:
        return ""

    def routes(self) -> APIRouter:
        return APIRouter()


NO_SCRIPTS = NoScripts()
NO_PLUGINS = NoPlugins()
