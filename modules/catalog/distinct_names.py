"""Names for the files of several folders, such that none hides another."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path


def distinct_names(found: Iterable[tuple[Path, str]]) -> dict[str, Path]:
    """Name files, given as folder and path below it, by that path; a second of a name says where it lies, too.

    A file that several folders lead to is named once.
    """
    named: dict[str, Path] = {}
    real: dict[Path, Path] = {}
    known: set[Path] = set()
    for folder, relative in found:
        path = folder / relative
        place = real.setdefault(path.parent, Path(os.path.realpath(path.parent))) / path.name
        if place not in known:
            known.add(place)
            named[_free_name(named, folder, relative)] = path
    return named


def _free_name(taken: dict[str, Path], folder: Path, relative: str) -> str:
    """Put as many names of folders before a path as tell it from those there are."""
    name = relative
    for part in reversed(folder.parts):
        if name not in taken:
            break
        name = f"{part.strip('/')}/{name}"
    return name
