"""Which upscalers and face restorers are not installed and may be fetched, if somebody asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from modules.extras.bench import ExtrasBench, Upscalers
from modules.foundation.errors import NotFoundError
from modules.imaging.faces.restorers import FaceRestorerEntry
from modules.imaging.upscaling.known import KNOWN_UPSCALERS, KnownModel

UPSCALER, FACE_RESTORER = "upscaler", "face restorer"


@dataclass(frozen=True)
class Offer:
    """One name in a menu that there could be, and the files it lacks."""

    label: str
    kind: str
    files: tuple[KnownModel, ...]

    @property
    def size_bytes(self) -> int:
        return sum(known.download.size_bytes for known in self.files if known.download)


def list_offers(bench: ExtrasBench) -> tuple[Offer, ...]:
    """Look at what is installed, and offer the rest of what can be fetched. Contacts nobody."""
    faces = filter(None, map(_face_offer, bench.faces.entries))
    return (*_upscaler_offers(bench.upscalers), *faces)


def _upscaler_offers(upscalers: Upscalers) -> Iterator[Offer]:
    for known in KNOWN_UPSCALERS:
        if known.download and not _is_installed(upscalers, known.label):
            yield Offer(known.label, UPSCALER, (known,))


def _is_installed(upscalers: Upscalers, label: str) -> bool:
    try:
        upscalers.find(label)
    except NotFoundError:
        return False
    return True


def _face_offer(entry: FaceRestorerEntry) -> Offer | None:
    """Offer a restorer that lacks a file it needs, with what improves it; None where one cannot be fetched."""
    if entry.available or not all(known.download for known in entry.missing):
        return None
    improving = tuple(known for known in entry.improving if known.download)
    return Offer(entry.name, FACE_RESTORER, (*entry.missing, *improving))
