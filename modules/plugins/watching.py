"""Noticing that somebody edits a plugin: file times, looked at now and then."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterable
from pathlib import Path

from modules.foundation.errors import NotFoundError
from modules.plugins.record import PluginRecord
from modules.plugins.shelf import PluginShelf

LOOK_EVERY_S = 1.0
_SKIPPED = {"__pycache__", ".git", "models", "node_modules", "venv", ".venv"}
_MOST_FOLDERS = 200
log = logging.getLogger(__name__)


class PluginWatch:
    """Reloads plugins whose Python files change, as long as that is asked for."""

    def __init__(self, shelf: PluginShelf) -> None:
        self._shelf = shelf
        self._seen: dict[str, dict[Path, int]] = {}
        self._ended = threading.Event()

    def start(self) -> None:
        """Look now and then, on a thread of its own, until ``stop``."""
        threading.Thread(target=self._work, name="plugin watch", daemon=True).start()

    def stop(self) -> None:
        self._ended.set()

    def look(self) -> list[str]:
        """Return the plugins whose files have changed since the last look; at the first, none."""
        now = {record.name: _file_times(record) for record in self._shelf.discovery.active}
        before, self._seen = self._seen, now
        return [name for name, times in now.items() if name in before and before[name] != times]

    def _work(self) -> None:
        while not self._ended.wait(LOOK_EVERY_S):
            if not self._shelf.watches:
                self._seen = {}
                continue
            for name in self.look():
                log.info("The extension %s has changed and is loaded again.", name)
                with contextlib.suppress(NotFoundError):  # taken out meanwhile
                    self._shelf.reload(name)


def _file_times(record: PluginRecord) -> dict[Path, int]:
    times: dict[Path, int] = {}
    for folder in _folders(record.root):
        for path in folder.glob("*.py"):
            try:
                times[path] = path.stat().st_mtime_ns
            except OSError:
                continue
    return times


def _folders(root: Path) -> Iterable[Path]:
    """Return a plugin's folders of code, without those that hold thousands of other files."""
    found = [root]
    for folder in found:
        if len(found) < _MOST_FOLDERS:
            with contextlib.suppress(OSError):  # taken out meanwhile
                found += sorted(path for path in folder.iterdir() if path.is_dir() and path.name not in _SKIPPED)
    return found[:_MOST_FOLDERS]
