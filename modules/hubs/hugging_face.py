"""What Hugging Face, or a mirror of it, tells of a repository: files with their sizes and hashes, and the licence.

Reference: the hub's HTTP API, ``/api/models/{repository}`` and ``/api/models/{repository}/tree/{revision}``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from modules.foundation.errors import NotFoundError
from modules.hubs.access import Access
from modules.hubs.download import Download
from modules.hubs.finding import UNKNOWN_LICENCE, Found, FoundFile, Place
from modules.hubs.guesses import guess_kind, is_whole_model, name_for

MAX_ANSWER_BYTES = 16 * 2**20
MAX_PAGES = 10
_LICENCES = {"creativeml-openrail-m": "CreativeML OpenRAIL-M", "openrail++": "CreativeML Open RAIL++-M",
             "mit": "MIT", "apache-2.0": "Apache-2.0", "openrail": "OpenRAIL"}
_SHA256 = re.compile(r"(?:sha256:)?([0-9a-f]{64})")
_NEXT = re.compile(r'<([^>]+)>;\s*rel="next"')


def find_in_repository(place: Place, access: Access) -> Found:
    """List the models of a repository. Raises: NotFoundError, saying why there are none."""
    about = _table(_ask(f"{access.hub}/api/models/{place.repository}", access)[0])
    licence = _licence(about)
    tags = " ".join(tag for tag in about.get("tags") or () if isinstance(tag, str))
    files = tuple(_file(place, entry, licence, tags, access) for entry in _entries(place, access)
                  if _is_wanted(str(entry.get("path")), place.path))
    if not files:
        raise NotFoundError(
            f"{place.repository} holds no model file{f' at {place.path}' if place.path else ''}.",
            remedy="Models in pieces (folders unet, vae, …) are not offered; look for a version in one file.")
    return Found(place.repository, f"{access.hub}/{place.repository}", licence, files, bool(about.get("gated")))


def _is_wanted(path: str, asked: str) -> bool:
    if asked:
        return (path == asked or path.startswith(f"{asked}/")) and is_whole_model(path.rpartition("/")[2])
    return is_whole_model(path)


def _entries(place: Place, access: Access) -> Iterator[Mapping[str, Any]]:
    """Yield the files of a repository, page by page."""
    url = f"{access.hub}/api/models/{place.repository}/tree/{quote(place.revision, safe='')}?recursive=true"
    for _ in range(MAX_PAGES):
        listing, following = _ask(url, access)
        for entry in listing if isinstance(listing, list) else ():
            if isinstance(entry, Mapping) and entry.get("type") == "file":
                yield entry
        if not following.startswith(f"{access.hub}/"):
            return
        url = following


def _file(place: Place, entry: Mapping[str, Any], licence: str, tags: str, access: Access) -> FoundFile:
    path, large = str(entry["path"]), _table(entry.get("lfs"))
    hash_ = _SHA256.fullmatch(str(large.get("oid", "")))
    size = large.get("size", entry.get("size"))
    size = size if isinstance(size, int) and size > 0 else 0
    url = f"{access.hub}/{place.repository}/resolve/{quote(place.revision, safe='')}/{quote(path)}"
    download = Download(url, hash_[1] if hash_ else "", size, licence, str(entry.get("oid", "")))
    return FoundFile(path, name_for(path, place.repository.partition("/")[2]),
                     guess_kind(path, size, f"{place.repository} {tags}"), download)


def _licence(about: Mapping[str, Any]) -> str:
    card = _table(about.get("cardData"))
    named = card.get("license")
    if named == "other":
        named = card.get("license_name") or named
    tagged = next((tag.partition(":")[2] for tag in about.get("tags") or ()
                   if isinstance(tag, str) and tag.startswith("license:")), "")
    name = named if isinstance(named, str) and named else tagged
    return _LICENCES.get(name, name)[:100] or UNKNOWN_LICENCE


def _ask(url: str, access: Access) -> tuple[Any, str]:
    """Return an answer in JSON, and the address of what follows it. Raises: NotFoundError."""
    with access.open(url, {"Accept": "application/json"}) as answer:
        following = _NEXT.search(answer.headers.get("Link", ""))
        try:
            return json.loads(answer.read(MAX_ANSWER_BYTES)), following[1] if following else ""
        except (OSError, ValueError, RecursionError) as error:
            raise NotFoundError("The hub's answer could not be read.", remedy="Try again later.") from error


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
