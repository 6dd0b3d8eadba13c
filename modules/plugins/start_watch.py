"""Starts that never came to an end, counted in a file, so that a broken extension cannot lock its owner out."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from modules.foundation.errors import OutputError, WebUIError
from modules.foundation.files import atomic_write

MOST_UNFINISHED = 3


class StartWatch:
    """Knows how many starts before this one did not get as far as ``finished``."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.too_many = self._read() >= MOST_UNFINISHED

    @contextlib.contextmanager
    def counting(self) -> Iterator[None]:
        """Count this start as unfinished until ``finished``; one that says itself why it ends does not count."""
        self._write(self._read() + 1)
        try:
            yield
        except WebUIError:
            self.finished()
            raise

    def finished(self) -> None:
        """Note that the program runs."""
        self._write(0)

    def _read(self) -> int:
        try:
            return int(self._file.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return 0

    def _write(self, count: int) -> None:
        with contextlib.suppress(OutputError):  # a start is not to fail for this
            atomic_write(self._file, str(count).encode())
