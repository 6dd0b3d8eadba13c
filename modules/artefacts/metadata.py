"""Finding the infotext in what a picture file carries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from modules.artefacts.exif import read_user_comment
from modules.artefacts.foreign_metadata import translate_foreign
from modules.artefacts.infotext import replace_surrogates
from modules.foundation.size import Size

MAX_ITEM_CHARS = 256 * 1024
MAX_ITEMS = 100
TECHNICAL_KEYS = frozenset((
    "jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi", "exif", "loop", "background", "timestamp",
    "duration", "progressive", "progression", "icc_profile", "chromaticity", "photoshop",
))


@dataclass(frozen=True)
class PictureText:
    """The infotext of a picture ("" where it has none) and the other texts it carries."""

    infotext: str
    items: dict[str, str]


def read_picture_text(info: Mapping[Any, Any], size: Size,
                      find_sampler: Callable[[str], str | None] = lambda name: None) -> PictureText:
    """Find the infotext among the embedded data of a picture (Pillow's ``info``).

    ``find_sampler`` maps a sampler name of another program to a label, or to None. Infotexts of NovelAI
    are always translated, those of other programs only where the picture has no infotext of its own.
    """
    items = _collect_texts(info)
    infotext = items.pop("parameters", "")
    infotext = _exif_comment(info) or infotext or items.get("comment", "")
    translated = translate_foreign({**items, "parameters": infotext}, size, find_sampler)
    return PictureText(translated or infotext, items)


def _collect_texts(info: Mapping[Any, Any]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for key, value in info.items():
        if isinstance(key, str) and key not in TECHNICAL_KEYS and isinstance(value, (str, bytes, int, float)):
            texts[key] = _as_text(value)
        if len(texts) == MAX_ITEMS:
            break
    return texts


def _exif_comment(info: Mapping[Any, Any]) -> str:
    block = info.get("exif")
    return replace_surrogates(read_user_comment(block)) if isinstance(block, bytes) else ""


def _as_text(value: str | bytes | int | float) -> str:
    """Cut before converting: a chunk may be many megabytes long."""
    if isinstance(value, bytes):
        return value[:MAX_ITEM_CHARS].decode("utf-8", "replace")
    return replace_surrogates(str(value)[:MAX_ITEM_CHARS])
