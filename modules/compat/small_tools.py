"""``modules.util``: files, names and texts."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from modules.compat.facade import facade
from modules.foundation.errors import NotFoundError
from modules.settings.flags import PROGRAM_FOLDER

_DIGITS = re.compile(r"(\d+)")


def natural_sort_key(s: str, regex: re.Pattern[str] = _DIGITS) -> list[Any]:
    """Return a key by which ``a2`` comes before ``a10``."""
    return [int(part) if part.isdigit() else part.lower() for part in regex.split(s)]


def listfiles(dirname: str) -> list[str]:
    """List the files of a folder in natural order, without hidden ones."""
    try:
        found = sorted(Path(dirname).iterdir(), key=lambda path: natural_sort_key(path.name))
    except OSError:
        return []
    return [str(path) for path in found if not path.name.startswith(".") and path.is_file()]


def html_path(filename: str) -> str:
    """Return where the program keeps its pieces of HTML."""
    return str(PROGRAM_FOLDER / "html" / filename)


def html(filename: str) -> str:
    """Read a piece of HTML; empty where there is none."""
    try:
        return Path(html_path(filename)).read_text(encoding="utf-8")
    except OSError:
        return ""


def walk_files(path: str, allowed_extensions: list[str] | None = None) -> Iterator[str]:
    """Walk through a folder and those below it, in natural order; ``allowed_extensions`` such as ``[".pt"]``."""
    hidden = facade("shared").opts.list_hidden_files
    for root, folders, files in os.walk(path, followlinks=True):
        folders.sort(key=natural_sort_key)
        for name in sorted(files, key=natural_sort_key):
            if allowed_extensions is not None and Path(name).suffix not in allowed_extensions:
                continue
            if not hidden and any(part.startswith(".") for part in Path(root, name).relative_to(path).parts):
                continue
            yield str(Path(root, name))


def ldm_print(*args: Any, **kwargs: Any) -> None:
    """Stay silent, as the option that hides such messages asks by default."""


def truncate_path(target_path: str, base_path: str | None = None) -> str:
    """Return a path relative to a folder, if it lies there."""
    try:
        return str(Path(target_path).absolute().relative_to(Path(base_path or Path.cwd()).absolute()))
    except ValueError:
        return str(Path(target_path).absolute())


def open_folder(path: str) -> None:
    """Do nothing: the page may be open on another computer."""


def topological_sort(dependencies: dict[str, list[str]]) -> list[str]:
    """Order names so that each comes after those it depends on."""
    done: dict[str, None] = {}

    def visit(name: str, way: frozenset[str]) -> None:
        if name in done or name in way:
            return
        for other in dependencies.get(name, ()):
            visit(other, way | {name})
        if name in dependencies:
            done[name] = None

    for name in dependencies:
        visit(name, frozenset())
    return list(done)


def compare_sha256(file_path: str, hash_prefix: str) -> bool:
    """Say whether a file's sha256 begins so."""
    return facade("hashes").calculate_sha256(file_path).startswith(hash_prefix.strip().lower())


def load_file_from_url(url: str, *, model_dir: str, progress: bool = True, file_name: str | None = None,
                       hash_prefix: str | None = None, re_download: bool = False) -> str:
    """Return the path of a file, downloaded where it is not there yet. Raises: NotFoundError, ModelFileError."""
    from modules.hubs.access import Access
    from modules.hubs.download import Download, Parcel
    from modules.hubs.fetching import fetch_file

    target = Path(model_dir) / (file_name or Path(url.split("?", 1)[0]).name)
    if not target.is_file() or re_download:
        fetch_file(Parcel(Download(url, "", 0, ""), target), Access())
        if hash_prefix and not compare_sha256(str(target), hash_prefix):
            target.unlink()
            raise NotFoundError(f"{target.name} from {url.split('/')[2]} is not the file that was expected.",
                                remedy="Download it by hand, or try again later.")
    return str(target)


