"""What people keep beside a model file: notes in ``NAME.json``, as A1111's metadata editor writes them."""

from __future__ import annotations

import json
from pathlib import Path

_MAX_BYTES = 1 << 20


def read_preferred_vae(model: Path) -> str:
    """Return the VAE that the notes beside a checkpoint name; empty where there are none, or none to read."""
    path = model.with_suffix(".json")
    try:
        notes = json.loads(path.read_text(encoding="utf-8")) if path.stat().st_size <= _MAX_BYTES else {}
    except (OSError, ValueError, RecursionError):
        return ""
    vae = notes.get("vae") if isinstance(notes, dict) else None
    return vae if isinstance(vae, str) else ""
