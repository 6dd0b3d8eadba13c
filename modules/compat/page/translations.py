"""Translations of the page: ``localizations/NAME.json`` of the program and of extensions, merged by name."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path

from modules.compat.host import HOST

NONE = "None"
log = logging.getLogger(__name__)


def list_translations() -> list[str]:
    """Return the names that can be chosen."""
    return [NONE, *sorted({path.stem for path in translation_files()} - {NONE})]


def read_translation(name: str) -> Mapping[str, str]:
    """Return the words of a translation by the words of the page; what cannot be read is reported and left out."""
    words: dict[str, str] = {}
    for path in translation_files():
        if path.stem == name and name != NONE:
            try:
                read = json.loads(path.read_text(encoding="utf8"))
                words |= {str(key): str(value) for key, value in read.items()}
            except (OSError, ValueError, AttributeError, RecursionError) as error:
                log.warning("The translation %s cannot be read: %s", path, error)
    return words


def translation_files() -> list[Path]:
    """Return all files, those of the program first."""
    found, _ = HOST.require().discovery.files("localizations", (".json",))
    return [one.path for one in found]
