"""The settings file: read with forgiveness, written so that a crash cannot spoil it."""

from __future__ import annotations

import contextlib
import json
import logging
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from modules.foundation.errors import InvalidRequestError, OutputError
from modules.foundation.files import atomic_write
from modules.settings.values import OPTIONS, Settings

log = logging.getLogger(__name__)


class SettingsStore:
    """The settings in force and the ``config.json`` they are kept in.

    A1111's file is read as it is: keys nobody here knows are kept, values of a wrong type are left at
    their default and reported. When the file is broken, the copy of the last good one is used and the
    broken one is kept beside it for its owner.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.warnings: list[str] = []
        self._lock = threading.Lock()
        self._foreign: dict[str, Any] = {}
        self._current = self._load()

    @property
    def current(self) -> Settings:
        return self._current

    @property
    def foreign(self) -> Mapping[str, Any]:
        """What the file holds under keys that nobody here knows."""
        return dict(self._foreign)

    def keep_foreign(self, values: Mapping[str, Any]) -> None:
        """Keep values that mean nothing here, for programs that read them again. Raises: OutputError."""
        with self._lock:
            self._foreign.update(values)
            self._save()

    def update(self, values: Mapping[str, Any]) -> list[str]:
        """Set and save ``values``; return the keys that changed.

        Raises: InvalidRequestError (nothing is changed then); OutputError when the file cannot be
        written (the values are in force for this run).
        """
        with self._lock:
            before = self._current.flat()
            after = self._current.with_values(values)
            changed = [key for key, value in after.flat().items() if before[key] != value]
            self._current = after
            if changed:
                self._save()
        return changed

    def _load(self) -> Settings:
        for source in (self.path, self._last_good):
            values = self._read(source)
            if values is not None:
                return self._accept(_migrate(values))
        return Settings()

    def _read(self, source: Path) -> dict[str, Any] | None:
        if not source.exists():
            return None
        try:
            values = json.loads(source.read_text(encoding="utf-8"))
            if not isinstance(values, dict):
                raise ValueError("not a JSON object")
            return values
        except (OSError, ValueError, RecursionError) as error:
            kept = source.with_name(source.name + ".broken")
            with contextlib.suppress(OSError):
                source.replace(kept)
            self._warn(f"{source.name} could not be read ({error}); it is kept as {kept.name}.")
            return None

    def _accept(self, values: dict[str, Any]) -> Settings:
        settings = Settings()
        for key, value in values.items():
            if key not in OPTIONS:
                self._foreign[key] = value
                continue
            try:
                settings = settings.with_values({key: value})
            except InvalidRequestError as error:
                self._warn(f"{self.path.name}: {error.message} The default is used.")
        return settings

    def _save(self) -> None:
        values = {**self._foreign, **self._current.flat()}
        text = json.dumps(values, indent=4, ensure_ascii=False).encode()
        atomic_write(self.path, text)
        with contextlib.suppress(OutputError):
            atomic_write(self._last_good, text)

    @property
    def _last_good(self) -> Path:
        return self.path.with_name(self.path.name + ".last-good")

    def _warn(self, text: str) -> None:
        self.warnings.append(text)
        log.warning(text)


def _migrate(values: dict[str, Any]) -> dict[str, Any]:
    """Give values of an A1111 file the names and shapes used today."""
    migrated = dict(values)
    if isinstance(migrated.get("samples_format"), str):
        migrated["samples_format"] = migrated["samples_format"].lstrip(".").lower()
    return migrated
