"""Small pictures for cards, made once from previews of any size."""

from __future__ import annotations

import contextlib
import io
import threading
from pathlib import Path

from PIL import Image

from modules.catalog.network_entry import NetworkEntry
from modules.catalog.network_pictures import cover_pictures
from modules.foundation.errors import NotFoundError, OutputError
from modules.foundation.files import atomic_write
from modules.imaging.reading import open_image

BOX = (480, 720)
"""Twice a card, for screens with fine pixels."""
_AT_ONCE = 2
_QUALITY = 82


class ThumbnailFolder:
    """Keeps thumbnails in a folder of their own, under the id of their card."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._places = threading.BoundedSemaphore(_AT_ONCE)

    def read(self, identity: str, entry: NetworkEntry) -> bytes:
        """Return the thumbnail of an entry as WebP.

        Raises: NotFoundError where it has no picture; InvalidRequestError where that cannot be read.
        """
        stamp = entry.preview_ns if entry.preview else int(entry.modified_s * 1e9)
        kept = self._folder / f"{identity}-{stamp}.webp"
        with contextlib.suppress(OSError):
            return kept.read_bytes()
        with self._places:  # decoding is heavy, and a page of cards asks for dozens
            content = _shrink(_source(entry))
        self._keep(identity, kept, content)
        return content

    def _keep(self, identity: str, file: Path, content: bytes) -> None:
        with contextlib.suppress(OSError, OutputError):  # where it cannot be kept, it is made again
            for old in self._folder.glob(f"{identity}-*.webp"):
                old.unlink()
            atomic_write(file, content)


def _source(entry: NetworkEntry) -> bytes | Path:
    if entry.preview:
        return entry.preview
    covers = cover_pictures(entry.read_metadata()) if entry.has_cover else []
    if not covers:
        raise NotFoundError(f"{entry.name} has no picture.")
    return covers[0]


def _shrink(source: bytes | Path) -> bytes:
    image = open_image(source)
    image.thumbnail(BOX, Image.Resampling.LANCZOS, reducing_gap=3)
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=_QUALITY)
    return buffer.getvalue()
