"""Finding upscaler files, and giving each a name of its own."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from modules.imaging.upscaling.entry import UpscalerEntry
from modules.imaging.upscaling.known import known_by_file

SUFFIXES = (".pth", ".pt", ".safetensors")


def find_upscalers(folders: Mapping[str, Sequence[Path]]) -> list[UpscalerEntry]:
    """List the files below the folders, sorted by name as A1111 does; every name is there once."""
    found = [(kind, folder, path) for kind, places in folders.items() for folder in dict.fromkeys(places)
             for path in _files_below(folder)]
    return sorted(_name(found), key=lambda entry: entry.name.lower())


def _name(found: Iterable[tuple[str, Path, Path]]) -> Iterator[UpscalerEntry]:
    """Name well-known files as A1111 does and all others by their stem; a second of that name says where it lies."""
    taken: set[str] = set()
    for kind, folder, path in found:
        known = known_by_file(path.name)
        name = known.label if known else path.stem
        if name.lower() in taken:
            name = f"{name} ({kind}/{path.relative_to(folder).as_posix()})"
        if name.lower() in taken:
            name = f"{name} ({folder})"
        taken.add(name.lower())
        yield UpscalerEntry(name, kind, path, known.scale if known else UpscalerEntry.scale)


def _files_below(folder: Path) -> Iterator[Path]:
    """Walk a folder and the links in it, each place once; hidden files and unreadable corners are passed over."""
    seen: set[str] = set()
    for place, subfolders, names in os.walk(folder, followlinks=True):
        seen.add(os.path.realpath(place))
        subfolders[:] = sorted(name for name in subfolders if not name.startswith(".")
                               and os.path.realpath(Path(place, name)) not in seen)
        for name in sorted(names):
            path = Path(place, name)
            if name.lower().endswith(SUFFIXES) and not name.startswith(".") and path.is_file():
                yield path
