"""Extensions and scripts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from modules.settings.option import option


@dataclass(frozen=True)
class PluginSettings:
    """Which extensions take part. Only the Extensions tab may change these over the network."""

    title: ClassVar[str] = "Extensions"

    disabled_extensions: list[str] = option([], "Extensions that are switched off", needs_reload=True,
                                            info="names of folders; the Extensions tab has a box for each")
    disable_all_extensions: str = option("none", "Switch off all extensions", choices=("none", "extra", "all"),
                                         needs_reload=True, info="extra: those that did not come with the program")
    plugin_import_patience_s: int = option(30, "Seconds an extension may take to be loaded", minimum=1, maximum=600,
                                           step=1, info="the page is shown without one that takes longer")
    reload_changed_plugins: bool = option(False, "Load extensions again when their files change",
                                          info="for people who write them")
