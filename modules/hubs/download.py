"""A file elsewhere, and what is known of it before it is fetched."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Download:
    """Where a file may be fetched from, what it must then be, and under which licence it was published."""

    url: str
    sha256: str
    """Empty where nobody tells it."""
    size_bytes: int
    """0 where nobody tells it."""
    licence: str
    version: str = ""
    """What the server calls this state of the file, where there is no sha256."""

    @property
    def source(self) -> str:
        """Name the project that publishes it, as people know it: host, owner and name."""
        return "/".join(self.url.split("/")[2:5])


@dataclass(frozen=True)
class Parcel:
    """A file to fetch and where it belongs."""

    download: Download
    target: Path


@dataclass(frozen=True)
class Offer:
    """Something that can be had, and the files it takes. ``kind`` says where the page shows it."""

    label: str
    kind: str
    files: tuple[Parcel, ...]
    about: str = ""

    @property
    def size_bytes(self) -> int:
        return sum(parcel.download.size_bytes for parcel in self.files)
