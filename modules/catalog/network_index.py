"""What was read from files once is known ever after, as long as the files stay the same."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from modules.foundation.errors import OutputError
from modules.foundation.files import atomic_write

Facts = dict[str, Any]
_FORMAT = 1
"""Raised whenever facts are read differently, so that old ones are read again."""


class FactsIndex:
    """Facts by kind, path, size and time of change, in one JSON file. For one thread at a time."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known: dict[str, tuple[int, int, Facts]] = self._read()
        self._changed = False

    def recall(self, kind: str, path: Path, status: os.stat_result, read: Callable[[Path], Facts]) -> Facts:
        """Give the facts about a file, reading it only where it is new or changed."""
        key = f"{kind}|{path}"
        size, modified_ns, facts = self._known.get(key, (-1, -1, {}))
        if (size, modified_ns) != (status.st_size, status.st_mtime_ns):
            facts = read(path)
            self._known[key] = (status.st_size, status.st_mtime_ns, facts)
            self._changed = True
        return facts

    def save(self) -> None:
        """Write the file if anything is new, without what is about files that are gone."""
        if not self._changed:
            return
        self._known = {key: value for key, value in self._known.items() if Path(key.partition("|")[2]).exists()}
        self._changed = False
        content = {"format": _FORMAT, "files": self._known}
        with contextlib.suppress(OutputError, OSError):  # only a cache: where it cannot be kept, files are read again
            atomic_write(self._file, json.dumps(content, separators=(",", ":")).encode())

    def _read(self) -> dict[str, tuple[int, int, Facts]]:
        try:
            content = json.loads(self._file.read_text(encoding="utf-8"))
            if content["format"] != _FORMAT:
                return {}
            return {key: (int(size), int(modified), dict(facts))
                    for key, (size, modified, facts) in content["files"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return {}
