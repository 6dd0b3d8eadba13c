"""Text that is safe to use as the name of a file or folder, on every system."""

from __future__ import annotations

import re
from pathlib import Path

MAX_PART_CHARS = 128
MAX_NAME_BYTES = 240
"""File systems allow 255; the rest is for what is put around a name while its file is being written."""

_FORBIDDEN = re.compile(r'[#<>:"/\\|?*\x00-\x1f\x7f]')
_UNIX_FORBIDDEN = re.compile(r"[/\x00-\x1f\x7f]")
_INVISIBLE = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Marks that turn the reading direction (``gnp.exe`` shown as ``exe.png``) and halves of characters."""
_DEVICE = re.compile(r"(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(COM|LPT)[0-9¹²³])\s*(\.|$)", re.IGNORECASE)


def sanitize_part(text: str, *, replace_spaces: bool = True, max_chars: int = MAX_PART_CHARS,
                  unix: bool = False) -> str:
    """Make a value safe as part of a name: what A1111 does, and no control or direction marks.

    ``unix`` keeps what only Windows forbids.
    """
    if replace_spaces:
        text = text.replace(" ", "_")
    text = (_UNIX_FORBIDDEN if unix else _FORBIDDEN).sub("_", _INVISIBLE.sub("_", text))
    return text.lstrip(" ")[:max_chars].rstrip(" .")


def safe_name(stem: str, ending: str = "", *, unix: bool = False) -> str:
    """Make a whole file or folder name: no separators, no reserved or hidden name, not too long."""
    stem = sanitize_part(stem, replace_spaces=False, max_chars=len(stem), unix=unix)
    if stem.startswith(".") or _DEVICE.match(stem):
        stem = f"_{stem}"
    return (cut_bytes(stem, MAX_NAME_BYTES - len(ending.encode())).rstrip(" .") or "_") + ending


def safe_subfolder(root: Path, pattern_result: str, *, unix: bool = False) -> Path:
    """Join a relative path to ``root``, part by part, so that it cannot lead out of it."""
    parts = re.split(r"[/\\]", pattern_result.lstrip(" ").rstrip("\\/"))
    return root.joinpath(*(safe_name(part, unix=unix) for part in parts if part.strip(" .")))


def cut_bytes(text: str, limit: int) -> str:
    """Shorten text to ``limit`` bytes of UTF-8 without splitting a character."""
    return text.encode("utf-8", "replace")[:max(limit, 0)].decode("utf-8", "ignore")
