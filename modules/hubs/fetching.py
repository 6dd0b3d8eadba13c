"""Fetching a file: going on where an attempt broke off, and giving it its name only when it is the right one."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from modules.foundation.cancellation import Cancellation
from modules.foundation.errors import ModelFileError, NotFoundError, WebUIError
from modules.foundation.files import explain_write_error, put_in_place
from modules.hubs.access import Access
from modules.hubs.download import Parcel

OnBytes = Callable[[int, int | None], None]
"""(bytes so far, bytes in all where that is known)"""
PART_SUFFIX = ".part"
KEPT_DAYS = 14
"""How long a part waits for somebody to go on with it."""
MOST_CONNECTIONS = 100
_CHUNK_BYTES = 1 << 18
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


class FetchCancelledError(WebUIError):
    """Somebody stopped a download; what had come of it is gone."""


class _BrokenError(Exception):
    """The connection ended too early."""


@dataclass(frozen=True)
class _Watch:
    on_bytes: OnBytes
    cancellation: Cancellation

    def tell(self, done: int, total: int | None) -> None:
        if self.cancellation.stop_now:
            raise FetchCancelledError("The download was stopped.")
        self.on_bytes(done, total)


def fetch_file(parcel: Parcel, access: Access, on_bytes: OnBytes | None = None,
               cancellation: Cancellation | None = None) -> Path:
    """Download a file, check that it is the one that was published, and only then give it its name.

    Where the connection breaks, what has come is kept as a hidden file, and the next call goes on from there; it is
    deleted where the file turns out wrong or ``cancellation`` interrupts. ``skip`` stops, too, but keeps it.

    Raises: NotFoundError (connection); ModelFileError (other bytes than expected); OutputError (disk);
    FetchCancelledError.
    """
    watch = _Watch(on_bytes or (lambda done, total: None), cancellation or Cancellation())
    part = part_of(parcel)
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        _sweep(part.parent)
        _fetch_part(parcel, part, access, watch)
        put_in_place(part, parcel.target)
    except NotFoundError as error:
        if part.is_file() and part.stat().st_size == 0:
            part.unlink()
        raise _unreachable(parcel, error.message, error.remedy) from error
    except FetchCancelledError:
        if watch.cancellation.interrupted:
            part.unlink(missing_ok=True)
        raise
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise explain_write_error(parcel.target, error) from error
    return parcel.target


def part_of(parcel: Parcel) -> Path:
    """Where a file waits while it is not whole; another version of it waits elsewhere."""
    download = parcel.download
    stamp = hashlib.sha256(repr((download.sha256 or download.url, download.size_bytes, download.version)).encode())
    return parcel.target.with_name(f".{parcel.target.name}.{stamp.hexdigest()[:8]}{PART_SUFFIX}")


def _fetch_part(parcel: Parcel, part: Path, access: Access, watch: _Watch) -> None:
    """Connect again for as long as every connection brings the file further."""
    before = -1
    for _ in range(MOST_CONNECTIONS):
        try:
            with open(part, "a+b") as file:
                return _fetch_rest(parcel, file, access, watch)
        except _BrokenError as broken:
            done = part.stat().st_size
            if done <= before:
                raise NotFoundError(str(broken), remedy="Try again: it goes on where it stopped.") from broken
            before = done
        except ModelFileError:
            part.unlink(missing_ok=True)
            raise
    raise NotFoundError(f"the connection broke {MOST_CONNECTIONS} times", remedy="Try again later.")


def _fetch_rest(parcel: Parcel, file: BinaryIO, access: Access, watch: _Watch) -> None:
    """Bring what the file lacks, and check the whole."""
    size = parcel.download.size_bytes
    there = file.seek(0, os.SEEK_END)
    if there > size:  # also where the size is unknown: nobody can tell then whether a part is the whole
        there = 0
    if there < size or not size:
        with access.open(parcel.download.url, {"Range": f"bytes={there}-"} if there else {}) as answer:
            _refuse_pages(parcel, answer)
            there, total = _agree(answer, there)
            file.truncate(there)
            _copy(answer, file, (there, total or size or None), watch)
    file.flush()
    os.fsync(file.fileno())
    _check(parcel, file, watch)


def _agree(answer: http.client.HTTPResponse, there: int) -> tuple[int, int | None]:
    """Find out where the answer begins, and how large the file is."""
    found = _RANGE.fullmatch(answer.headers.get("Content-Range", ""))
    if answer.status == 206 and found and int(found[1]) == there:
        return there, None if found[2] == "*" else int(found[2])
    if answer.status == 206:
        raise NotFoundError("the server sent another part than was asked for")
    return 0, answer.length


def _copy(answer: http.client.HTTPResponse, file: BinaryIO, span: tuple[int, int | None], watch: _Watch) -> None:
    done, total = span
    while chunk := _read(answer):
        file.write(chunk)
        done += len(chunk)
        watch.tell(done, total)
        if total is not None and done > total:
            break
    if total is not None and done < total:
        file.flush()
        raise _BrokenError(f"the connection broke after {done} of {total} bytes")


def _read(answer: http.client.HTTPResponse) -> bytes:
    """Read on; a failing connection must not look like a failing disk."""
    try:
        return answer.read1(_CHUNK_BYTES)  # what is there: somebody who cancels need not wait for a slow server
    except (OSError, http.client.HTTPException) as error:
        raise _BrokenError(f"the connection broke: {str(error)[:100] or type(error).__name__}") from error


def _check(parcel: Parcel, file: BinaryIO, watch: _Watch) -> None:
    """Raises: ModelFileError for other bytes than those that were published."""
    size, wanted = file.seek(0, os.SEEK_END), parcel.download
    right = size == (wanted.size_bytes or size)
    if right and wanted.sha256:
        digest = hashlib.sha256()
        file.seek(0)
        while chunk := file.read(_CHUNK_BYTES):
            watch.tell(size, size)
            digest.update(chunk)
        right = digest.hexdigest() == wanted.sha256
    if not right:
        raise ModelFileError(f"What the server sent as {parcel.target.name} is not the file that was published.",
                             remedy="Nothing was kept. Try again later, or get the file by other means.")


def _refuse_pages(parcel: Parcel, answer: http.client.HTTPResponse) -> None:
    if answer.headers.get_content_type() == "text/html":
        raise ModelFileError(f"The server sent a web page instead of {parcel.target.name}.",
                             remedy="It may want you to log in. Use the address of the file itself, or download it "
                                    "with a browser.")


def _sweep(folder: Path) -> None:
    """Delete parts that nobody went on with."""
    limit = time.time() - KEPT_DAYS * 86400
    for path in folder.glob(f".*{PART_SUFFIX}"):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < limit:
                path.unlink()


def _unreachable(parcel: Parcel, reason: str, remedy: str) -> NotFoundError:
    target = parcel.target
    return NotFoundError(
        f"{target.name} could not be downloaded ({reason.rstrip('.')}).",
        remedy=f"{remedy} Or get it from {parcel.download.url} by other means and put {target.name} into "
               f"{target.parent}.".strip())
