"""Pictures that people hand in: kept by content until no job needs them any more."""

from __future__ import annotations

import hashlib
import os
import re
import time
from pathlib import Path

from PIL import Image

from modules.foundation.errors import InvalidRequestError, NotFoundError
from modules.foundation.files import atomic_write
from modules.foundation.size import Size
from modules.imaging.reading import open_image, upright_size

_ID = re.compile(r"[0-9a-f]{40}")


class PictureStore:
    """A folder of pictures, each named by the hash of its file.

    A job names its pictures by id, so that it can go on after a restart, and the same picture handed in twice is
    kept once. The file stays as it came, with everything it says about itself.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, data: bytes, *, field: str = "image") -> str:
        """Check that ``data`` is a whole picture and return its id.

        Raises: InvalidRequestError naming ``field`` for what cannot be read or is too large; OutputError.
        """
        open_image(data, field=field)
        name = hashlib.sha256(data).hexdigest()[:40]
        path = self._folder / name
        if path.exists():
            os.utime(path)
        else:
            atomic_write(path, data)
        return name

    def path(self, name: str, *, field: str = "image") -> Path:
        """Return the file of a picture. Raises: InvalidRequestError, NotFoundError."""
        if not _ID.fullmatch(name):
            raise InvalidRequestError(field, f"{field} must be the id of a picture that was handed in.")
        path = self._folder / name
        if not path.is_file():
            raise NotFoundError("A picture that was handed in is not there any more.",
                                remedy="Choose the picture again.")
        return path

    def open(self, name: str, *, field: str = "image") -> Image.Image:
        """Decode a picture: upright, RGB, or RGBA where anything is transparent. Raises: as ``path``."""
        return open_image(self.path(name, field=field), field=field)

    def size(self, name: str, *, field: str = "image") -> Size:
        """Return the size of a picture as ``open`` gives it. Raises: as ``path``."""
        return upright_size(self.path(name, field=field), field=field)

    def sweep(self, older_than_s: float) -> None:
        """Delete pictures that nobody has handed in for so long."""
        if not self._folder.is_dir():
            return
        for path in self._folder.iterdir():
            if _ID.fullmatch(path.name) and time.time() - path.stat().st_mtime > older_than_s:
                path.unlink(missing_ok=True)
