"""Pictures that people hand in: kept by content until no job needs them any more."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image

from modules.foundation.errors import InvalidRequestError, NotFoundError
from modules.foundation.files import atomic_write
from modules.foundation.size import Size
from modules.imaging.reading import MAX_BYTES, open_image, upright_size

_ID = re.compile(r"[0-9a-f]{40}")


class PictureStore:
    """A folder of pictures, each named by the hash of its file.

    A job names its pictures by id, so that it can go on after a restart, and the same picture handed in twice is
    kept once. The file stays as it came, with everything it says about itself.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lent: dict[str, Image.Image] = {}

    def keep(self, data: bytes, *, field: str = "image") -> str:
        """Check that ``data`` is a whole picture and return its id.

        Raises: InvalidRequestError naming ``field`` for what cannot be read or is too large; OutputError.
        """
        open_image(data, field=field)
        name = hashlib.sha256(data).hexdigest()[:40]
        path = self._folder / name
        if not self._touch(path):
            atomic_write(path, data)
        return name

    @contextlib.contextmanager
    def lend(self, pictures: Sequence[Image.Image]) -> Iterator[list[str]]:
        """Have pictures at hand by an id for a while, without a file: what one pass makes and the next starts from."""
        names = [secrets.token_hex(20) for _ in pictures]
        self._lent.update(zip(names, pictures))
        try:
            yield names
        finally:
            for name in names:
                del self._lent[name]

    def require(self, name: str, *, field: str = "image") -> None:
        """Make sure that a picture is there, and that it stays for as long again. Raises: as ``path``."""
        if name not in self._lent:
            self._touch(self.path(name, field=field))

    def keep_file(self, path: Path, *, field: str = "image") -> str:
        """Keep a picture that lies on this computer. Raises: NotFoundError; InvalidRequestError as ``keep``."""
        try:
            if path.stat().st_size > MAX_BYTES:
                raise InvalidRequestError(field, f"{path.name} has {path.stat().st_size / 2**20:.0f} MB; at most "
                                                 f"{MAX_BYTES / 2**20:.0f} MB are read.",
                                          remedy="Make the picture smaller.")
            data = path.read_bytes()
        except OSError as error:
            raise NotFoundError(f"{path.name} cannot be read: {error.strerror}.",
                                remedy="Choose another file.") from error
        return self.keep(data, field=field)

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
        if name in self._lent:
            return self._lent[name].copy()
        return open_image(self.path(name, field=field), field=field)

    def size(self, name: str, *, field: str = "image") -> Size:
        """Return the size of a picture as ``open`` gives it. Raises: as ``path``."""
        if name in self._lent:
            return Size(*self._lent[name].size)
        return upright_size(self.path(name, field=field), field=field)

    def sweep(self, older_than_s: float) -> None:
        """Delete pictures that nobody has handed in or made a plan with for so long."""
        if not self._folder.is_dir():
            return
        for path in self._folder.iterdir():
            with contextlib.suppress(OSError):
                if _ID.fullmatch(path.name) and time.time() - path.stat().st_mtime > older_than_s:
                    path.unlink()

    def _touch(self, path: Path) -> bool:
        """Say that a file is still needed; False where there is none."""
        try:
            os.utime(path)
        except OSError:
            return False
        return True
