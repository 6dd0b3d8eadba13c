"""What people keep beside a model file: notes in ``NAME.json`` and a preview picture."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PREVIEW_SUFFIXES = ("png", "jpg", "jpeg", "webp", "gif", "avif")
_MAX_BYTES = 1 << 20


@dataclass(frozen=True)
class ModelNotes:
    """The user's own words about a model; ``other`` holds keys this program does not use."""

    description: str = ""
    notes: str = ""
    vae: str = ""
    other: dict[str, Any] = field(default_factory=dict)


def read_notes(model: Path) -> ModelNotes:
    """Read ``NAME.json`` beside a model; a missing or broken file is an empty one."""
    try:
        path = model.with_suffix(".json")
        content = json.loads(path.read_text(encoding="utf-8")) if path.stat().st_size <= _MAX_BYTES else {}
    except (OSError, ValueError, RecursionError):
        content = {}
    table = content if isinstance(content, dict) else {}
    known = {key: table[key] for key in ("description", "notes", "vae") if isinstance(table.get(key), str)}
    return ModelNotes(**known, other={key: value for key, value in table.items() if key not in known})


def find_preview(model: Path) -> Path | None:
    """Find the picture shown for a model: ``NAME.preview.png`` before ``NAME.png``, and so on."""
    stem = model.with_suffix("")
    names = (f"{stem.name}{middle}.{suffix}" for suffix in PREVIEW_SUFFIXES for middle in (".preview", ""))
    return next((path for path in (model.parent / name for name in names) if path.is_file()), None)
