"""Which program the façade belongs to."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from modules.foundation.errors import ConfigurationError

if TYPE_CHECKING:
    from modules.extras.bench import ExtrasBench
    from modules.generation.workbench import Workbench
    from modules.plugins.call_log import CallLog
    from modules.plugins.discovery import Discovery
    from modules.plugins.shelf import PluginShelf
    from modules.prompting.style_files import StyleBook
    from modules.settings.flags import LaunchFlags
    from modules.settings.store import SettingsStore


@dataclass(frozen=True)
class Host:
    """What the façade shows of the program that runs it."""

    flags: LaunchFlags
    settings: SettingsStore
    styles: StyleBook
    bench: Workbench
    extras: ExtrasBench
    plugins: PluginShelf
    turn: AbstractContextManager[object] = field(default_factory=threading.RLock)
    """Held by whoever uses the model: the worker while a job runs, and plugins that make pictures on threads of their
    own."""

    @property
    def calls(self) -> CallLog:
        """Through which every call into a plugin goes."""
        return self.plugins.calls

    @property
    def discovery(self) -> Discovery:
        """What the latest look at the folders found."""
        return self.plugins.discovery


class HostPlace:
    """A place for one host. Extensions import functions, not objects they could be given."""

    def __init__(self) -> None:
        self._host: Host | None = None

    def attach(self, host: Host) -> None:
        self._host = host

    def detach(self) -> None:
        self._host = None

    @property
    def attached(self) -> bool:
        return self._host is not None

    def require(self) -> Host:
        """Raises: ConfigurationError where no program is running."""
        if self._host is None:
            raise ConfigurationError("This needs the running program.",
                                     remedy="Call it from a script or an extension, not on its own.")
        return self._host


HOST = HostPlace()
