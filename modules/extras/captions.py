"""The text file with a caption that lies beside a picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from modules.foundation.files import atomic_write

MAX_BYTES = 2**20

COMBINE: dict[str, Callable[[str, str], str]] = {
    "Ignore": lambda old, new: new,
    "Keep": lambda old, new: old or new,
    "Prepend": lambda old, new: f"{old} {new}",
    "Append": lambda old, new: f"{new} {old}",
}
"""What to do where a caption is there already; names and results are A1111's."""


def write_caption(picture: Path, caption: str, action: str) -> None:
    """Write a caption beside a picture file. Raises: OutputError."""
    place = picture.with_suffix(".txt")
    text = COMBINE[action](_read(place), caption).strip()
    if text:
        atomic_write(place, text.encode("utf-8", "replace"))


def _read(place: Path) -> str:
    if not place.is_file() or place.stat().st_size > MAX_BYTES:
        return ""
    return place.read_text(encoding="utf-8", errors="replace").strip()
