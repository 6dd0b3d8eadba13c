"""From what a person typed to the files that can be had there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from modules.foundation.errors import InvalidRequestError, NotFoundError
from modules.hubs.access import CIVITAI, HUGGING_FACE, Access
from modules.hubs.download import Download
from modules.hubs.guesses import SUFFIXES, guess_kind, name_for

UNKNOWN_LICENCE = "not stated here; see the page it comes from"
_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[\w.-]{1,96}")
_IN_HUB = re.compile(r"/([\w.-]+/[\w.-]+?)(?:\.git)?/?(?:/(?:tree|blob|resolve|raw)/([^/]+)(?:/(.+))?)?")
_NOT_MODELS = ("datasets", "spaces", "api", "docs", "collections", "papers")
_DISPOSITION = re.compile(r"filename\*?=(?:UTF-8'')?\"?([^\";]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Place:
    """A repository of a hub, and the one file or folder of it that was meant; empty: all of it."""

    repository: str
    revision: str = "main"
    path: str = ""


@dataclass(frozen=True)
class FoundFile:
    """A file that can be fetched: its path where it lies, the name it gets here, and what it seems to be for."""

    path: str
    name: str
    kind: str
    download: Download


@dataclass(frozen=True)
class Found:
    """What lies at an address. ``page`` is where a person can read about it; ``gated``: only for those who accept."""

    title: str
    page: str
    licence: str
    files: tuple[FoundFile, ...]
    gated: bool = False


def read_address(text: str, access: Access) -> Place | str:
    """Tell a repository from the address of a file. Raises: InvalidRequestError."""
    text = text.strip()
    if _REPOSITORY.fullmatch(text):
        return Place(text)
    parts = access.check(text)
    hosts = (urlsplit(access.hub)[:2], urlsplit(HUGGING_FACE)[:2])
    if parts[:2] not in hosts:
        if parts[:2] == urlsplit(CIVITAI)[:2] and not parts.path.startswith("/api/download/"):
            raise InvalidRequestError("address", "This is a page of Civitai, not a file.",
                                      remedy="Copy the address of its Download button: "
                                             "https://civitai.com/api/download/models/…")
        return text
    found = _IN_HUB.fullmatch(unquote(parts.path))
    if not found or found[1].split("/")[0] in _NOT_MODELS:
        raise InvalidRequestError("address", "This is not a model's page on Hugging Face.",
                                  remedy="Write owner/name, or copy the address of the model's page or file.")
    return Place(found[1], found[2] or "main", (found[3] or "").strip("/"))


def find_at_address(url: str, access: Access) -> Found:
    """Ask a server what it would send. Raises: NotFoundError, InvalidRequestError."""
    with access.open(url, {"Range": "bytes=0-0"}) as answer:
        headers, final = answer.headers, answer.geturl()
        size = _size(headers.get("Content-Range", ""), answer.length if answer.status == 200 else None)
        version = headers.get("ETag", "") or headers.get("Last-Modified", "")
    if headers.get_content_type() == "text/html":
        raise NotFoundError("There is a web page at this address, not a file.",
                            remedy="Copy the address of the file itself. The site may want you to log in first.")
    named = _DISPOSITION.search(headers.get("Content-Disposition", ""))
    path = unquote(named[1]).strip() if named else unquote(urlsplit(final).path).rpartition("/")[2]
    if not path.lower().endswith(SUFFIXES):
        raise InvalidRequestError("address", f"The file there is called {path[:80]!r}, which is no model file.",
                                  remedy=f"Models end in {', '.join(SUFFIXES)}.")
    file = FoundFile(path, name_for(path), guess_kind(path, size),
                     Download(url, "", size, UNKNOWN_LICENCE, version))
    return Found(urlsplit(url).hostname or "", url, UNKNOWN_LICENCE, (file,))


def _size(content_range: str, length: int | None) -> int:
    total = content_range.rpartition("/")[2]
    return int(total) if total.isdigit() else length or 0
