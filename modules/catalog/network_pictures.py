"""Pictures of networks: previews beside their files, covers inside them, and pictures that are embeddings."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

PREVIEW_SUFFIXES = ("png", "jpg", "jpeg", "webp", "avif", "gif")
COVER_IMAGES = "ssmd_cover_images"
THUMBNAIL = "modelspec.thumbnail"
_PNG_START = b"\x89PNG\r\n\x1a\n"
_EMBEDDING_KEY = b"sd-ti-embedding\0"
_MAX_TEXT_BYTES = 16 << 20


def find_preview(stem: str, names: Mapping[str, str]) -> str | None:
    """Find the preview of a model among the names in its folder, given by their lower-case form."""
    wanted = [f"{stem}.{middle}{suffix}".lower() for middle in ("preview.", "") for suffix in PREVIEW_SUFFIXES]
    return next((names[name] for name in wanted if name in names), None)


def is_preview(name: str) -> bool:
    """Whether a picture's name says that it only shows something."""
    return name.lower().endswith(tuple(f".preview.{suffix}" for suffix in (*PREVIEW_SUFFIXES, "jxl")))


def cover_pictures(texts: Mapping[str, str]) -> list[bytes]:
    """Take the pictures out of a model's texts; what cannot be read is left out."""
    try:
        stored = json.loads(texts.get(COVER_IMAGES) or "[]")
    except (ValueError, RecursionError):
        stored = []
    encoded = [*(stored if isinstance(stored, list) else []), texts.get(THUMBNAIL, "").partition(",")[2]]
    decoded = (_decode(text) for text in encoded if isinstance(text, str) and text)
    return [picture for picture in decoded if picture]


def name_in_png(path: Path) -> str | None:
    """Return the name of the embedding that a PNG carries as a text; None where it carries none."""
    try:
        with open(path, "rb") as handle:
            text = _find_text(handle) if handle.read(8) == _PNG_START else None
    except OSError:
        return None
    if text is None:
        return None
    try:
        table = json.loads(base64.b64decode(text))
    except (ValueError, RecursionError):
        return None
    name = table.get("name") if isinstance(table, dict) else None
    return name if isinstance(name, str) and name else path.stem


def _find_text(handle: BinaryIO) -> bytes | None:
    """Walk the chunks of a PNG to the embedding's text, reading nothing else."""
    while len(head := handle.read(8)) == 8:
        length, kind = int.from_bytes(head[:4], "big"), head[4:]
        if kind == b"tEXt" and len(_EMBEDDING_KEY) < length <= _MAX_TEXT_BYTES:
            content = handle.read(length)
            if content.startswith(_EMBEDDING_KEY):
                return content[len(_EMBEDDING_KEY):]
            length = 0
        handle.seek(length + 4, 1)
    return None


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=False)
    except (binascii.Error, ValueError):
        return b""
