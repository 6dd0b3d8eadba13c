"""Upscalers that plugins add."""

from __future__ import annotations

import threading
from collections.abc import Callable

from PIL import Image

from modules.imaging.upscaling.entry import UpscalerEntry

Enlarge = Callable[[Image.Image, float], Image.Image]
"""``(picture, scale) -> picture``, of about the size asked for."""


class ProvidedUpscalers:
    """Upscalers by name, and who added them. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: dict[str, tuple[str, Enlarge]] = {}

    def add(self, owner: str, name: str, enlarge: Enlarge) -> None:
        """Add an upscaler, or put it in the place of the one of its name, until ``owner`` goes."""
        with self._lock:
            self._all = {**self._all, name: (owner, enlarge)}

    def forget(self, owner: str) -> None:
        """Take out whatever somebody has added."""
        with self._lock:
            self._all = {name: entry for name, entry in self._all.items() if entry[0] != owner}

    @property
    def entries(self) -> tuple[UpscalerEntry, ...]:
        return tuple(UpscalerEntry(name) for name in self._all)

    def find(self, name: str) -> Enlarge | None:
        """Return what enlarges; None where no plugin added an upscaler of this name."""
        return self._all[name][1] if name in self._all else None


PROVIDED = ProvidedUpscalers()
