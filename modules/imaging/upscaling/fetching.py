"""Fetching a well-known file because somebody pressed a button; nothing here runs by itself."""

from __future__ import annotations

import hashlib
import http.client
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from modules.foundation.cancellation import Cancellation
from modules.foundation.errors import ModelFileError, NotFoundError, WebUIError
from modules.foundation.files import atomic_write
from modules.imaging.upscaling.known import KnownModel

OnBytes = Callable[[int, int | None], None]
"""(bytes so far, bytes in all where the server tells)"""
MAX_BYTES = 2**30
_CHUNK_BYTES = 1 << 18
_TIMEOUT_S = 30.0


class FetchCancelledError(WebUIError):
    """Somebody stopped a download; what had come of it is gone."""


def fetch_known_model(known: KnownModel, folder: Path, on_progress: OnBytes | None = None,
                      cancellation: Cancellation | None = None) -> Path:
    """Download a file, check that it is the one that was published, and only then give it its name.

    Raises: NotFoundError (no download known, or no connection); ModelFileError (other bytes than expected);
    OutputError (disk); FetchCancelledError.
    """
    if known.download is None:
        raise NotFoundError(f"No download of {known.label} is known here.", remedy=known.remedy)
    target = folder / known.files[0]
    with _connect(known) as answer:
        atomic_write(target, lambda file: _copy(answer, file, known, (on_progress, cancellation)))
    return target


def _connect(known: KnownModel) -> http.client.HTTPResponse:
    assert known.download is not None
    request = urllib.request.Request(known.download.url, headers={"User-Agent": "stable-diffusion-webui"})
    try:
        return urllib.request.build_opener(_OnlySecure).open(request, timeout=_TIMEOUT_S)
    except (OSError, http.client.HTTPException) as error:
        raise _unreachable(known, str(getattr(error, "reason", error))) from error


class _OnlySecure(urllib.request.HTTPRedirectHandler):
    """Follows redirects to https only."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]
        if not newurl.startswith("https://"):
            raise urllib.error.URLError(f"the server points to {newurl[:80]}, which is not secure")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _copy(answer: http.client.HTTPResponse, file: BinaryIO, known: KnownModel,
          watching: tuple[OnBytes | None, Cancellation | None]) -> None:
    on_progress, cancellation = watching
    digest, done, total = hashlib.sha256(), 0, answer.length
    while chunk := _read(answer, known):
        if cancellation and cancellation.stop_now:
            raise FetchCancelledError("The download was stopped.")
        digest.update(chunk)
        file.write(chunk)
        done += len(chunk)
        if done > MAX_BYTES:
            break
        if on_progress:
            on_progress(done, total)
    if total is not None and done < total:
        raise _unreachable(known, f"the connection broke after {done} of {total} bytes")
    if known.download is None or digest.hexdigest() != known.download.sha256:
        raise ModelFileError(f"What the server sent as {known.files[0]} is not the file that was published.",
                             remedy="Nothing was kept. Try again later, or get the file by other means.")


def _read(answer: http.client.HTTPResponse, known: KnownModel) -> bytes:
    """Read on; a failing connection must not look like a failing disk."""
    try:
        return answer.read(_CHUNK_BYTES)
    except (OSError, http.client.HTTPException) as error:
        raise _unreachable(known, str(error) or type(error).__name__) from error


def _unreachable(known: KnownModel, reason: str) -> NotFoundError:
    source = f", or get it from {known.download.url} by other means" if known.download else ""
    return NotFoundError(f"{known.files[0]} could not be downloaded ({reason[:120]}).",
                         remedy=f"Check the connection{source}. {known.remedy}")
