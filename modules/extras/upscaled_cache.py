"""Enlarged pictures kept in memory, so that trying another control does not enlarge them again."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

from PIL import Image

MAX_CACHED_PIXELS = 150_000_000
"""About 450 MB of RGB."""


class UpscaledCache:
    """The pictures enlarged last. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pictures: OrderedDict[Hashable, Image.Image] = OrderedDict()

    def get_or_make(self, key: Hashable, most: int, make: Callable[[], Image.Image]) -> Image.Image:
        """Return the picture kept under ``key``, or make it and keep it among the ``most`` newest."""
        with self._lock:
            found = self._pictures.get(key)
            if found is not None:
                self._pictures.move_to_end(key)
        if found is not None:
            return found.copy()
        made = make()
        with self._lock:
            self._pictures[key] = made
            while len(self._pictures) > most or self._pixels() > MAX_CACHED_PIXELS:
                self._pictures.popitem(last=False)
        return made.copy() if most else made

    def _pixels(self) -> int:
        return sum(picture.width * picture.height for picture in self._pictures.values())


def fingerprint(image: Image.Image) -> str:
    """Return a short name for a picture's content."""
    return hashlib.blake2b(image.tobytes(), digest_size=16).hexdigest() + f"{image.mode}{image.size}"
