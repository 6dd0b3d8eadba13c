"""Hashes that were computed once are looked up ever after, as long as the file stays the same."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable
from pathlib import Path

from modules.foundation.errors import OutputError
from modules.foundation.files import atomic_write
from modules.weights.hashes import hash_file, hash_network
from modules.weights.impostors import explain_unreadable

_KINDS: dict[str, Callable[[Path], str]] = {"sha256": hash_file, "network": hash_network}


class HashCache:
    """Remembers hashes by path, size and time of change, in one JSON file.

    Safe for several threads; several processes may lose each other's newest entries, never the file.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._entries = self._read()

    def sha256(self, path: Path) -> str:
        """Give the sha256 of a file, from memory where possible. Raises: ModelFileError."""
        return self._get("sha256", path)

    def network(self, path: Path) -> str:
        """Give the hash by which LoRA files are known. Raises: ModelFileError."""
        return self._get("network", path)

    def known_sha256(self, path: Path) -> str | None:
        """Give the sha256 only if that needs no reading."""
        return self._known("sha256", path)

    def known_network(self, path: Path) -> str | None:
        """Give the hash of a LoRA file only if that needs no reading."""
        return self._known("network", path)

    def _known(self, kind: str, path: Path) -> str | None:
        with self._lock:
            try:
                return self._entries.get(_key(kind, path))
            except OSError:
                return None

    def _get(self, kind: str, path: Path) -> str:
        try:
            key = _key(kind, path)
        except OSError as error:
            raise explain_unreadable(path, error) from error
        with self._lock:
            known = self._entries.get(key)
        if known:
            return known
        value = _KINDS[kind](path)  # outside the lock: seconds for a large file
        with self._lock:
            stale = f"{kind}|{path.absolute()}|"
            self._entries = {name: old for name, old in self._entries.items() if not name.startswith(stale)}
            self._entries[key] = value
            with contextlib.suppress(OutputError, OSError):  # the hash is right even where it cannot be kept
                atomic_write(self._file, json.dumps(self._entries, indent=0).encode())
        return value

    def _read(self) -> dict[str, str]:
        try:
            content = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}  # a cache: what is lost is computed again
        return {key: value for key, value in content.items()
                if isinstance(value, str)} if isinstance(content, dict) else {}


def _key(kind: str, path: Path) -> str:
    status = path.stat()
    return f"{kind}|{path.absolute()}|{status.st_size}|{status.st_mtime_ns}"
