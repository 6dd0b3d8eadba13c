"""Changing what lies beside a network's file: its notes and its preview."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, Field

from modules.artefacts.encoding import EmbeddedText, encode_picture
from modules.catalog.network_entry import NetworkEntry, NetworkKind
from modules.catalog.notes import ModelNotes, write_notes
from modules.foundation.files import atomic_write
from modules.imaging.reading import open_image

_LONG, _SHORT = 100_000, 200
_FIELDS: dict[NetworkKind, tuple[str, ...]] = {
    NetworkKind.LORA: ("description", "version", "activation_text", "preferred_weight", "negative_text", "notes"),
    NetworkKind.CHECKPOINT: ("description", "vae", "notes"),
}
_PLAIN_FIELDS = ("description", "notes")


class NotesDraft(BaseModel):
    """What somebody wrote into the editor."""

    description: str = Field("", max_length=_LONG)
    version: str = Field("", max_length=_SHORT)
    activation_text: str = Field("", max_length=_LONG)
    preferred_weight: float = Field(0.0, ge=-100, le=100, allow_inf_nan=False)
    negative_text: str = Field("", max_length=_LONG)
    notes: str = Field("", max_length=_LONG)
    vae: str = Field("", max_length=_SHORT)


def fields_of(kind: NetworkKind) -> tuple[str, ...]:
    """Return the notes that are kept on files of a kind."""
    return _FIELDS.get(kind, _PLAIN_FIELDS)


def save_notes(entry: NetworkEntry, draft: NotesDraft) -> None:
    """Write the notes that are kept on files of this kind. Raises: OutputError."""
    write_notes(entry.path, ModelNotes(**draft.model_dump()).table(fields_of(entry.kind)))


def save_preview(entry: NetworkEntry, picture: Path, infotext: str) -> None:
    """Put a finished picture beside a file as its preview, with the parameters it was made with.

    Raises: OutputError; InvalidRequestError or NotFoundError when the picture cannot be read.
    """
    encoded = encode_picture(open_image(picture, field="picture"), "png", EmbeddedText(infotext))
    atomic_write(entry.path.with_suffix(".preview.png"), encoded.data)
