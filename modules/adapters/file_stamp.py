"""Telling whether a file is still the one that was read."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

Stamp: TypeAlias = "tuple[str, int, int] | None"


def stamp_of(path: Path) -> Stamp:
    """Identify a file's content without reading it; None for one that is not there, which reading will report."""
    try:
        status = path.stat()
    except OSError:
        return None
    return str(path), status.st_size, status.st_mtime_ns
