"""Walking folders that people fill: links, loops, pipes and unreadable corners included."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from modules.foundation.files import natural_key
from modules.weights.model_folder import INDEX

CHECKPOINT_SUFFIXES = (".safetensors", ".ckpt")
VAE_SUFFIXES = (".safetensors", ".ckpt", ".pt", ".vae.pt")


@dataclass(frozen=True)
class Listing:
    """One folder: when its list of names last changed, and its ordinary files by name."""

    path: Path
    modified_ns: int
    files: Mapping[str, os.stat_result]


def find_files(folder: Path, suffixes: Sequence[str], exclude: Callable[[str], bool] = lambda name: False
               ) -> list[Path]:
    """List the ordinary files below a folder with one of these endings, in natural order.

    Links are followed, each folder once; hidden files and what cannot be read are passed over.
    """
    endings = tuple(suffixes)
    found = [listing.path / name for listing in walk_folder(folder, set()) for name in listing.files
             if name.lower().endswith(endings) and not exclude(name.lower())]
    return sorted(found, key=lambda path: natural_key(path.relative_to(folder).as_posix()))


def find_model_folders(folder: Path) -> list[Path]:
    """List the folders below a folder that are models in diffusers' layout."""
    return [listing.path for listing in walk_folder(folder, set())
            if INDEX in listing.files and listing.path != folder]


def walk_folder(folder: Path, seen: set[tuple[int, int]], *, hidden: bool = False) -> Iterator[Listing]:
    """List a folder and all below it; ``hidden`` also enters folders whose names begin with a dot.

    A folder that is a model itself is not entered: its parts are no models.
    ``seen`` remembers the folders that were listed, so that a link cannot lead to one twice.
    """
    try:
        status = folder.stat()
        if (status.st_dev, status.st_ino) in seen:
            return
        seen.add((status.st_dev, status.st_ino))
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    inner, files = _sort_out(entries, hidden)
    yield Listing(folder, status.st_mtime_ns, files)
    for path in inner if INDEX not in files else ():
        yield from walk_folder(path, seen, hidden=hidden)


def _sort_out(entries: Sequence[os.DirEntry[str]], hidden: bool) -> tuple[list[Path], dict[str, os.stat_result]]:
    folders: list[Path] = []
    files: dict[str, os.stat_result] = {}
    for entry in entries:
        dotted = entry.name.startswith(".")
        try:
            status = entry.stat()
        except OSError:
            continue
        if stat.S_ISDIR(status.st_mode) and (hidden or not dotted):
            folders.append(Path(entry.path))
        elif stat.S_ISREG(status.st_mode) and not dotted:
            files[entry.name] = status
    return folders, files
