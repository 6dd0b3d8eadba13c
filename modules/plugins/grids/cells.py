"""Finished cells by their identity: PNG files with their infotext, found again after a crash or by the next grid."""

from __future__ import annotations

import contextlib
import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from PIL import Image

from modules.foundation.files import atomic_write, sweep_temporaries
from modules.imaging.png import encode_png

CELLS_FOLDER = Path("cache", "cells")
LIMIT_BYTES = 4 * 2**30
"""More are let go at the start of the program and of a grid, those first that were wanted longest ago."""
_KEY = re.compile(r"[0-9a-f]{40,64}")
_FACTS = "cell"


@dataclass(frozen=True)
class CellFacts:
    """What a picture was made from, as far as a grid tells it."""

    infotext: str
    prompt: str
    negative_prompt: str
    seed: int
    subseed: int


@dataclass(frozen=True)
class Cell:
    """A finished cell on the disk."""

    path: Path
    facts: CellFacts

    def open(self) -> Image.Image:
        """Decode the picture, without what the file tells besides. Raises: OSError."""
        with Image.open(self.path) as image:
            image.load()
            return image.copy() if image.mode in ("L", "RGB", "RGBA") else image.convert("RGB")


class CellStore:
    """A folder of finished cells. Safe for several threads and processes."""

    def __init__(self, folder: Path, limit_bytes: int = LIMIT_BYTES) -> None:
        self._folder = folder
        self._limit_bytes = limit_bytes

    def find(self, key: str) -> Cell | None:
        """Return the cell of this identity, and note that it is wanted; None where there is no whole one."""
        path = self._path(key)
        try:
            with Image.open(path) as image:
                facts = CellFacts(**json.loads(image.info[_FACTS]))
                image.verify()
            os.utime(path)
        except (OSError, SyntaxError, ValueError, KeyError, TypeError):
            return None
        return Cell(path, facts)

    def keep(self, key: str, image: Image.Image, facts: CellFacts) -> Cell:
        """Write a cell down. Raises: OutputError."""
        path = self._path(key)
        texts = {"parameters": facts.infotext, _FACTS: json.dumps(asdict(facts))}
        atomic_write(path, encode_png(image, texts))
        return Cell(path, facts)

    def sweep(self) -> int:
        """Let go of cells beyond the limit; return how many."""
        sweep_temporaries(self._folder)
        files = sorted(self._files(), key=lambda file: file[0], reverse=True)
        kept, removed = 0, 0
        for _, size, path in files:
            kept += size
            if kept > self._limit_bytes:
                with contextlib.suppress(OSError):
                    path.unlink()
                    removed += 1
        return removed

    def _files(self) -> list[tuple[float, int, Path]]:
        """Return when each file was wanted last, its size and its path."""
        found = []
        for path in self._folder.glob("*/*.png"):
            with contextlib.suppress(OSError):
                status = path.stat()
                found.append((status.st_mtime, status.st_size, path))
        return found

    def _path(self, key: str) -> Path:
        """Raises: ValueError for what is no identity."""
        if not _KEY.fullmatch(key):
            raise ValueError(f"{key[:80]!r} is not the identity of a cell")
        return self._folder / key[:2] / f"{key}.png"
