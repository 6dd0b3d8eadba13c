"""Where pictures come from: handed in, or lying in a folder on this computer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from modules.foundation.errors import InvalidRequestError, NotFoundError
from modules.foundation.files import is_inside, natural_key

EXTENSIONS = (".png", ".jpg", ".jpeg", ".webp", ".avif", ".gif", ".bmp", ".tif", ".tiff")


@dataclass(frozen=True)
class Source:
    """A picture to work on. ``name`` is its file name; empty: results get numbers only."""

    path: Path
    name: str = ""

    @property
    def stem(self) -> str:
        return Path(self.name).stem


@dataclass(frozen=True)
class FolderRules:
    """Which folders of this computer may be named in a request.

    Whoever sits at the computer may use any; when others can reach the server, only ``shared`` folders and what is
    in them. Relative folders are under ``home``.
    """

    home: Path
    anywhere: bool
    shared: tuple[Path, ...] = ()

    def find(self, name: str, *, field: str) -> Path:
        """Return the folder a person means, links and ``..`` resolved. Raises: InvalidRequestError, NotFoundError."""
        folder = self.allow(name, field=field)
        if not folder.is_dir():
            raise NotFoundError(f"There is no folder {folder}.", remedy="Check the path.")
        return folder

    def allow(self, name: str, *, field: str) -> Path:
        """As ``find``, for a folder that need not exist yet."""
        if "\0" in name or len(name) > 4096:
            raise InvalidRequestError(field, f"{field} is not the path of a folder.")
        try:
            folder = (self.home / Path(name.strip()).expanduser()).resolve()
        except (OSError, RuntimeError) as error:  # a loop of links; ~somebody who does not exist
            raise InvalidRequestError(field, f"{field} is not the path of a folder: {error}.") from error
        if not self.anywhere and not any(is_inside(shared, folder) for shared in self.shared):
            places = " or ".join(str(shared) for shared in self.shared)
            raise InvalidRequestError(
                field, "Other computers can reach this server, so its folders cannot be used, except those in "
                       f"{places}.", remedy="Hand the pictures in instead, or use the server from its own computer "
                                            "without --listen.")
        return folder


def list_pictures(folder: Path) -> list[str]:
    """Return the names of the pictures in a folder, as people would sort them. Raises: NotFoundError."""
    try:
        names = [entry.name for entry in folder.iterdir()
                 if entry.suffix.lower() in EXTENSIONS and not entry.name.startswith(".") and entry.is_file()]
    except OSError as error:
        raise NotFoundError(f"The folder {folder} cannot be read: {error.strerror}.",
                            remedy="Check the path.") from error
    if not names:
        raise NotFoundError(f"There are no pictures in {folder}.", remedy="Choose another folder.")
    return sorted(names, key=natural_key)


def folder_sources(folder: Path, names: Sequence[str]) -> tuple[Source, ...]:
    """Return pictures of a folder by their names. Raises: InvalidRequestError for a name that leads out of it."""
    for name in names:
        if name in ("", ".", "..") or name != Path(name).name or "\0" in name:
            raise InvalidRequestError("input_files", f"{name[:60]!r} is not the name of a file in the folder.")
    return tuple(Source(folder / name, name) for name in names)
