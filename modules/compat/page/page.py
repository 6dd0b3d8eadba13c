"""Everything that plugins add to the page."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fastapi import APIRouter

from modules.compat.callbacks import call_back
from modules.compat.gradio3.subclasses import make_subclasses_safe
from modules.compat.page.component_hooks import telling_of_components
from modules.compat.page.gradio_context import tooltips_of_page
from modules.compat.page.head import plugin_head
from modules.compat.page.plugin_settings import save_settings, setting_values, settings_sections
from modules.compat.page.plugin_tabs import plugin_tabs
from modules.compat.page.routes import build_plugin_routes
from modules.compat.page.tab_scripts import PageScripts
from modules.compat.page.translations import list_translations
from modules.compat.surroundings import plugin_code
from modules.frontend.page_plugins import NO_SCRIPTS, SettingsSection, TabScripts
from modules.frontend.tab_strip import TabPage

TABS = ("txt2img", "img2img")


class CompatPage:
    """What ``frontend`` asks for as ``PagePlugins``."""

    def __init__(self) -> None:
        self._tooltips: dict[str, str] = {}

    @contextlib.contextmanager
    def building(self) -> Iterator[None]:
        """Build the page inside this: plugins are told before, and of every component."""
        make_subclasses_safe()
        with plugin_code():
            call_back("before_ui")
        with telling_of_components():
            yield
        self._tooltips = tooltips_of_page()

    def tab_scripts(self, tab: str) -> TabScripts:
        return PageScripts(tab) if tab in TABS else NO_SCRIPTS

    def tabs(self) -> Iterator[TabPage]:
        return plugin_tabs()

    def settings_sections(self) -> Sequence[SettingsSection]:
        return settings_sections()

    def setting_values(self) -> Mapping[str, Any]:
        return setting_values()

    def save_settings(self, values: Mapping[str, Any]) -> list[str]:
        return save_settings(values)

    def translations(self) -> list[str]:
        return list_translations()

    def head(self) -> str:
        return plugin_head(self._tooltips)

    def routes(self) -> APIRouter:
        return build_plugin_routes()
