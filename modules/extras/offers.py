"""Which upscalers and face restorers are not installed and may be fetched, if somebody asks."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from modules.extras.bench import ExtrasBench, Upscalers
from modules.foundation.errors import NotFoundError
from modules.hubs.download import Offer, Parcel
from modules.imaging.faces.restorers import FaceRestorerEntry
from modules.imaging.upscaling.known import KNOWN_UPSCALERS, KnownModel

UPSCALER, FACE_RESTORER = "upscaler", "face restorer"


def list_offers(bench: ExtrasBench, models: Path) -> tuple[Offer, ...]:
    """Look at what is installed, and offer the rest of what can be fetched into ``models``. Contacts nobody."""
    upscalers = (Offer(known.label, UPSCALER, _parcels([known], models)) for known in KNOWN_UPSCALERS
                 if known.download and not _is_installed(bench.upscalers, known.label))
    faces = (_face_offer(entry, models) for entry in bench.faces.entries)
    return (*upscalers, *filter(None, faces))


def _is_installed(upscalers: Upscalers, label: str) -> bool:
    try:
        upscalers.find(label)
    except NotFoundError:
        return False
    return True


def _face_offer(entry: FaceRestorerEntry, models: Path) -> Offer | None:
    """Offer a restorer that lacks a file it needs, with what improves it; None where one cannot be fetched."""
    if entry.available or not all(known.download for known in entry.missing):
        return None
    return Offer(entry.name, FACE_RESTORER, _parcels([*entry.missing, *entry.improving], models))


def _parcels(files: Iterable[KnownModel], models: Path) -> tuple[Parcel, ...]:
    return tuple(Parcel(known.download, models / known.kind / known.files[0]) for known in files if known.download)
