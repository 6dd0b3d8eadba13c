"""Files that are either whole or not there."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from modules.foundation.errors import OutputError

TEMPORARY_SUFFIX = ".tmp"
SPARE_BYTES = 64 * 2**20
"""What must stay free on a disk."""


def atomic_write(path: Path, content: bytes | Callable[[BinaryIO], None], *, replace: bool = True) -> None:
    """Write a file so that nobody ever sees half of it.

    The bytes go to a hidden temporary file in the same folder, are flushed to the disk, and are then
    renamed. With ``replace=False`` an existing file is left alone.

    Raises: OutputError (disk full, read-only, folder missing); FileExistsError with ``replace=False``.
    """
    temporary = path.with_name(f".{secrets.token_hex(8)}{TEMPORARY_SUFFIX}")
    try:
        _make_folder(path.parent)
        with open(temporary, "wb") as handle:
            if callable(content):
                content(handle)
            else:
                handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        _publish(temporary, path, replace)
        _sync_folder(path.parent)
    except FileExistsError:
        raise
    except OSError as error:
        raise explain_write_error(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def put_in_place(temporary: Path, path: Path) -> None:
    """Give a file that lies finished in the same folder its name. Raises: OutputError."""
    try:
        _publish(temporary, path, replace=True)
        _sync_folder(path.parent)
    except OSError as error:
        raise explain_write_error(path, error) from error


def sweep_temporaries(folder: Path, *, older_than_s: float = 3600.0) -> int:
    """Delete what killed writers left behind in ``folder`` and below; return how many files."""
    limit = time.time() - older_than_s
    count = 0
    for path in folder.rglob(f".*{TEMPORARY_SUFFIX}"):
        with contextlib.suppress(OSError):
            if path.is_file() and path.stat().st_mtime < limit:
                path.unlink()
                count += 1
    return count


def require_space(folder: Path, needed_bytes: int, what: str) -> None:
    """Check that a large file has room before it is begun; the folder need not exist yet. Raises: OutputError."""
    place = next(one for one in (folder, *folder.resolve().parents) if one.is_dir())
    free_bytes = shutil.disk_usage(place).free
    if free_bytes < needed_bytes + SPARE_BYTES:
        raise OutputError(
            f"The disk is too full for {what}: it takes {needed_bytes / 1e6:.0f} MB in {folder}, and "
            f"{free_bytes / 1e6:.0f} MB are free there.", remedy="Free some space, then try again.")


def natural_key(text: str) -> list[tuple[int, int, str]]:
    """Sort key that puts ``a2`` before ``a10``, ignoring case."""
    pieces = re.split(r"(\d+)", text.lower())
    return [(0, int(piece), "") if piece.isdigit() else (1, 0, piece) for piece in pieces if piece]


def is_inside(root: Path, path: Path) -> bool:
    """Whether ``path`` lies in ``root`` once links and ``..`` are resolved."""
    return path.resolve().is_relative_to(root.resolve())


def _make_folder(folder: Path) -> None:
    """Make a folder; a file of that name is an error of the operating system's kind, not "exists already"."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder)) from error


def _publish(temporary: Path, path: Path, replace: bool) -> None:
    if not replace:
        if path.exists():
            raise FileExistsError(path)
        with contextlib.suppress(OSError, NotImplementedError):
            os.link(temporary, path)  # atomic "only if absent" where the file system has hard links
            return
        if path.exists():
            raise FileExistsError(path)
    for attempt in range(5):  # Windows: a virus scanner may hold the target for a moment
        try:
            os.replace(temporary, path)
            return
        except PermissionError:
            if attempt == 4:
                raise
            time.sleep(0.05)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):
            raise
    finally:
        os.close(descriptor)


def explain_write_error(path: Path, error: OSError) -> OutputError:
    """Say in plain words why a file could not be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT if hasattr(errno, "EDQUOT") else errno.ENOSPC, errno.EFBIG):
        return OutputError(f"The disk is full: {path.name} could not be written to {path.parent}.",
                           remedy="Free some space or choose another output folder, then try again.")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return OutputError(f"No permission to write {path.name} to {path.parent}.",
                           remedy="Make the folder writable or choose another one in Settings.")
    if error.errno == errno.ENOTDIR:
        return OutputError(f"{path.name} could not be written: {path.parent} is a file, or lies below one.",
                           remedy="Move that file away, or choose another folder in Settings.")
    return OutputError(f"{path.name} could not be written to {path.parent}: {error.strerror or error}.",
                       remedy="Check that the folder exists and the drive is connected.")
