"""The extensions of a running program: which there are, how they do, and what can be done with them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from modules.foundation.errors import NotFoundError
from modules.plugins.acquiring import Acquisition
from modules.plugins.call_log import CallLog, HookCost, PluginFailure
from modules.plugins.discovery import Discovery, PluginPlaces, Switches, discover
from modules.plugins.importing import unload_modules
from modules.plugins.installing import Installer, install_all
from modules.plugins.record import PluginRecord
from modules.settings.flags import PROGRAM_FOLDER, LaunchFlags
from modules.settings.store import SettingsStore

log = logging.getLogger(__name__)

Reload = Callable[[PluginRecord], None]
"""Forgets a plugin and loads its files again; of one that is switched off or gone, none."""


@dataclass(frozen=True)
class PluginState:
    """How an extension does."""

    record: PluginRecord
    chosen: bool
    """Whether its own switch is on, whatever switches off all."""
    running: bool
    """Whether it was there when the program loaded its plugins."""
    failures: tuple[PluginFailure, ...]
    costs: dict[str, HookCost]

    @property
    def word(self) -> str:
        """Say in a word how it does: off, loaded, failed, or what will be after a restart."""
        if not self.record.enabled:
            return "off after a restart" if self.running else "off"
        if not self.running:
            return "on after a restart"
        return "failed" if self.failures else "loaded"

    @property
    def seconds(self) -> float:
        return sum(cost.seconds for cost in self.costs.values())


class PluginShelf:
    """Finds extensions, switches them on and off, installs, updates, removes and reloads them."""

    def __init__(self, flags: LaunchFlags, settings: SettingsStore, calls: CallLog, *,
                 program: Path = PROGRAM_FOLDER) -> None:
        self.calls = calls
        self.flags = flags
        self._settings = settings
        self._places = PluginPlaces.of(flags, program)
        self._reload: Reload = lambda _: None
        self._lock = threading.RLock()
        allowed = not (flags.exposed or flags.allowed_host) or flags.enable_insecure_extension_access
        self.acquisition = Acquisition(self._places.extensions, allowed)
        places = ("--data-dir", str(flags.data_dir), "--models-dir", str(flags.models_dir))
        self.installer = Installer(program, flags.data_dir / "cache" / "extensions", places)
        self.discovery = self._discover()
        self._running = frozenset(plugin.name for plugin in self.discovery.active)

    @property
    def level(self) -> str:
        """Return what is switched off altogether: ``none``, ``extra``, ``all`` or ``safe``."""
        return Switches.of(self.flags, self._settings.current).level

    @property
    def patience_s(self) -> float:
        """How long a file may take to be loaded."""
        return float(self._settings.current.plugins.plugin_import_patience_s)

    @property
    def watches(self) -> bool:
        """Whether plugins are to be loaded again when their files change."""
        return self.flags.reload_plugins or self._settings.current.plugins.reload_changed_plugins

    def look(self) -> Discovery:
        """Look into the folders again."""
        self.discovery = self._discover()
        return self.discovery

    def states(self) -> list[PluginState]:
        """Return every extension and how it does."""
        off = self._settings.current.plugins.disabled_extensions
        return [PluginState(record, record.name not in off, record.name in self._running,
                            tuple(self.calls.failures(record.name)), self.calls.costs(record.name))
                for record in self.discovery.plugins]

    def require(self, name: str) -> PluginRecord:
        """Find an extension by the name of its folder. Raises: NotFoundError."""
        record = self.discovery.find(name)
        if record is None:
            raise NotFoundError(f"There is no extension {name[:80]!r}.", remedy="Look again: it may have been removed.")
        return record

    def enable(self, names: list[str]) -> None:
        """Switch these on and all others off, from the next start on. Raises: NotFoundError, OutputError."""
        chosen = {self.require(name).name for name in names}
        known = {record.name for record in self.discovery.plugins}
        gone = set(self._settings.current.plugins.disabled_extensions) - known
        self._settings.update({"disabled_extensions": sorted((known - chosen) | gone)})
        self.look()

    def install_needs(self) -> Iterator[str]:
        """Install what active extensions need and do not have; yield a sentence about each."""
        if not self.flags.skip_install:
            yield from install_all(self.installer, self.discovery.active, self.calls)

    def _install_needs_of(self, record: PluginRecord) -> None:
        if record.enabled and not self.flags.skip_install:
            for told in install_all(self.installer, [record], self.calls):
                log.info(told)

    def install(self, source: str, name: str = "", branch: str = "") -> str:
        """Bring in an extension, to take part from the next start on; return its name. Raises: as ``Acquisition``."""
        with self._lock:
            name = self.acquisition.install(source, name, branch)
        self.look()
        return name

    def update(self, name: str) -> bool:
        """Bring an extension to its newest state; say whether that changed anything. Raises: as ``Acquisition``."""
        with self._lock:
            changed = self.acquisition.update(self.require(name))
        self.look()
        return changed

    def uninstall(self, name: str) -> Path:
        """Take an extension out, at once; return where its folder is kept. Raises: as ``Acquisition``."""
        with self._lock:
            record = self.require(name)
            kept = self.acquisition.uninstall(record)
            self.installer.forget(name)
            self.look()
            self._running -= {name}
            self.calls.call(name, "unload", self._reload, record)
        return kept

    def when_reloading(self, reload: Reload) -> None:
        """Name what loads the files of a plugin again."""
        self._reload = reload

    def reload(self, name: str) -> None:
        """Load an extension's files again, without a restart. Raises: NotFoundError."""
        with self._lock:
            self.look()
            record = self.require(name)
            self.calls.forget(name)
            self._install_needs_of(record)
            self._running = self._running | {name} if record.enabled else self._running - {name}
            self.calls.call(name, "reload", self._reload, record)

    def _discover(self) -> Discovery:
        return discover(self._places, Switches.of(self.flags, self._settings.current))


def forget_plugin(record: PluginRecord) -> None:
    """Take what a plugin has brought in out of the program's lists, and its modules out of Python's."""
    from modules.plugins.provisions import PROVISIONS

    PROVISIONS.forget(record.name)
    unload_modules(record.root)
