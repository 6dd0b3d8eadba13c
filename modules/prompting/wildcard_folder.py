"""The folder of wildcard files: one option per line, ``#`` starts a comment line."""

from __future__ import annotations

import stat
from pathlib import Path

from modules.foundation.files import is_inside

LARGEST_FILE = 4 << 20


class WildcardFolder:
    """Reads ``name.txt`` below one folder and nothing outside it; remembers files until they change."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._cache: dict[Path, tuple[int, tuple[str, ...]]] = {}

    def lines(self, name: str) -> tuple[str, ...] | None:
        """Return the options of a wildcard, or None where no readable file of that name lies in the folder."""
        path = self._root / f"{name}.txt"
        try:
            facts = path.stat()
            if not stat.S_ISREG(facts.st_mode) or facts.st_size > LARGEST_FILE or not is_inside(self._root, path):
                return None
            known = self._cache.get(path)
            if known is None or known[0] != facts.st_mtime_ns:
                known = self._cache[path] = (facts.st_mtime_ns, _read_lines(path))
            return known[1]
        except (OSError, ValueError):  # gone, unreadable, or no possible file name
            return None


def _read_lines(path: Path) -> tuple[str, ...]:
    lines = (line.strip() for line in path.read_text("utf-8-sig", "replace").splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))
