"""``modules.cache`` and ``modules.hashes``: what was worked out about files, kept."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator, MutableMapping
from pathlib import Path
from typing import Any

from modules.compat.launching import OncePerHost, flags_in_force
from modules.foundation.files import atomic_write
from modules.weights.hash_cache import HashCache
from modules.weights.hashes import hash_file


class Cache(MutableMapping[str, Any]):
    """A table of JSON values in a file of its own. Safe to use from any thread."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.RLock()
        self._values: dict[str, Any] = _read(file)

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def __setitem__(self, key: str, value: Any) -> None:
        with self._lock:
            self._values[key] = value
            self.dump()

    def __delitem__(self, key: str) -> None:
        with self._lock:
            del self._values[key]
            self.dump()

    def __iter__(self) -> Iterator[str]:
        return iter(dict(self._values))

    def __len__(self) -> int:
        return len(self._values)

    def dump(self) -> None:
        """Write the file."""
        with self._lock:
            atomic_write(self._file, json.dumps(self._values, default=str).encode())


class CacheFolder:
    """The tables there are."""

    def __init__(self) -> None:
        self.folder = flags_in_force().data_dir / "cache" / "plugins"
        self.hashes = HashCache(flags_in_force().data_dir / "cache" / "hashes.json")
        self._tables: dict[str, Cache] = {}

    def table(self, name: str) -> Cache:
        """Return a table, made when it is first asked for."""
        if name not in self._tables:
            safe = hashlib.sha256(name.encode()).hexdigest()[:16]
            self._tables[name] = Cache(self.folder / f"{safe}.json")
        return self._tables[name]


_folder: OncePerHost[CacheFolder] = OncePerHost(CacheFolder)


def cache(subsection: str) -> Cache:
    """Return a table of values by name; what is written to it is there after a restart."""
    return _folder().table(subsection)


def dump_cache() -> None:
    """Do nothing: every change is written at once."""


def cached_data_for_file(subsection: str, title: str, filename: str, func: Callable[[], Any]) -> Any:
    """Return what ``func`` made of a file, as long as the file stays as it was. None is not kept."""
    table = cache(subsection)
    changed = Path(filename).stat().st_mtime
    known = table.get(title)
    if isinstance(known, dict) and known.get("mtime", 0) >= changed and "value" in known:
        return known["value"]
    value = func()
    if value is not None:
        table[title] = {"mtime": changed, "value": value}
    return value


def sha256(filename: str, title: str, use_addnet_hash: bool = False) -> str | None:
    """Return the sha256 of a file, computed once. Raises: ModelFileError."""
    hashes = _folder().hashes
    return hashes.network(Path(filename)) if use_addnet_hash else hashes.sha256(Path(filename))


def sha256_from_cache(filename: str, title: str, use_addnet_hash: bool = False) -> str | None:
    """Return the sha256 of a file, if that needs no reading."""
    hashes = _folder().hashes
    return hashes.known_network(Path(filename)) if use_addnet_hash else hashes.known_sha256(Path(filename))


def calculate_sha256(filename: str) -> str:
    """Compute the sha256 of a file. Raises: ModelFileError."""
    return hash_file(Path(filename))


def addnet_hash_safetensors(b: Any) -> str:
    """Compute the hash of an open safetensors file without its header."""
    b.seek(0)
    header = int.from_bytes(b.read(8), "little")
    b.seek(8 + header)
    digest = hashlib.sha256()
    while chunk := b.read(1 << 20):
        digest.update(chunk)
    return digest.hexdigest()


def _read(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # a cache: what is lost is worked out again
    return content if isinstance(content, dict) else {}
