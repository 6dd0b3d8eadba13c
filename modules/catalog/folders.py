"""Walking folders that people fill: links, loops, pipes and unreadable corners included."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from modules.foundation.files import natural_key

CHECKPOINT_SUFFIXES = (".safetensors", ".ckpt")
VAE_SUFFIXES = (".safetensors", ".ckpt", ".pt", ".vae.pt")


def find_files(folder: Path, suffixes: Sequence[str], exclude: Callable[[str], bool] = lambda name: False
               ) -> list[Path]:
    """List the ordinary files below a folder with one of these endings, in natural order.

    Links are followed, each folder once; hidden files and what cannot be read are passed over.
    """
    endings = tuple(suffixes)
    found = [path for path in _walk(folder, set())
             if path.name.lower().endswith(endings) and not exclude(path.name.lower())]
    return sorted(found, key=lambda path: natural_key(path.relative_to(folder).as_posix()))


def _walk(folder: Path, seen: set[tuple[int, int]]) -> Iterator[Path]:
    try:
        status = folder.stat()
        if (status.st_dev, status.st_ino) in seen:  # a link back to a folder above
            return
        seen.add((status.st_dev, status.st_ino))
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        try:
            mode = entry.stat().st_mode
        except OSError:
            continue
        if stat.S_ISDIR(mode):
            yield from _walk(Path(entry.path), seen)
        elif stat.S_ISREG(mode):
            yield Path(entry.path)
