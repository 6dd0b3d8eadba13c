"""What people keep beside a model file: notes in ``NAME.json``, as A1111's metadata editor writes them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modules.foundation.errors import OutputError
from modules.foundation.files import atomic_write

_MAX_BYTES = 1 << 20


@dataclass(frozen=True)
class ModelNotes:
    """What somebody wrote about a model; a ``preferred_weight`` of 0 means none."""

    description: str = ""
    version: str = ""
    activation_text: str = ""
    preferred_weight: float = 0.0
    negative_text: str = ""
    notes: str = ""
    vae: str = ""

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> ModelNotes:
        """Take what is usable from a notes file."""
        texts = {name: value for name, key in FILE_KEYS.items() if isinstance(value := table.get(key), str)}
        texts.pop("preferred_weight", None)
        weight = table.get(FILE_KEYS["preferred_weight"])
        usable = isinstance(weight, (int, float)) and not isinstance(weight, bool) and abs(weight) <= _MAX_WEIGHT
        return cls(**texts, preferred_weight=float(weight) if usable else 0.0)  # type: ignore[arg-type]

    def table(self, names: Iterable[str]) -> dict[str, Any]:
        """Give some of the notes under the keys they have in the file."""
        return {FILE_KEYS[name]: getattr(self, name) for name in names}


FILE_KEYS = {"description": "description", "version": "sd version", "activation_text": "activation text",
             "preferred_weight": "preferred weight", "negative_text": "negative text", "notes": "notes", "vae": "vae"}
"""The names in a notes file, by ours."""
_MAX_WEIGHT = 1000.0


def notes_path(model: Path) -> Path:
    """Where the notes on a model lie."""
    return model.with_suffix(".json")


def read_notes(model: Path) -> ModelNotes:
    """Read the notes beside a model; empty where there are none, or none to read."""
    try:
        return ModelNotes.of(_read_table(notes_path(model)))
    except (OSError, ValueError, RecursionError):
        return ModelNotes()


def write_notes(model: Path, changes: Mapping[str, Any]) -> None:
    """Write some of the notes beside a model, under the file's own keys; whatever else stands there stays.

    Raises: OutputError, also when what lies there cannot be read and would be lost.
    """
    path = notes_path(model)
    try:
        table = _read_table(path)
    except FileNotFoundError:
        table = {}
    except (OSError, ValueError, RecursionError) as error:
        raise OutputError(f"{path.name} is not a table of notes and would be lost; nothing was written.",
                          remedy="Repair, rename or delete that file, then save again.") from error
    atomic_write(path, json.dumps({**table, **changes}, indent=4, ensure_ascii=False).encode())


def read_preferred_vae(model: Path) -> str:
    """Return the VAE that the notes beside a checkpoint name; empty where there are none."""
    return read_notes(model).vae


def _read_table(path: Path) -> dict[str, Any]:
    if path.stat().st_size > _MAX_BYTES:
        raise ValueError("too large")
    table = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(table, dict):
        raise ValueError("not a table")
    return table
