"""What the editor of a card shows besides its fields: facts about the file and how it was trained."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

from modules.catalog.network_entry import NetworkEntry
from modules.catalog.network_pictures import COVER_IMAGES, THUMBNAIL
from modules.frontend.network_editing import fields_of

_TRAINING = {
    "Trained on": "ss_sd_model_name", "Pictures of": "ss_resolution", "Number of pictures": "ss_num_train_images",
    "Rank": "ss_network_dim", "Alpha": "ss_network_alpha", "Clip skip": "ss_clip_skip",
    "Trigger phrase": "modelspec.trigger_phrase", "Author": "modelspec.author", "License": "modelspec.license",
}
_MOST_WORDS = 40
_LONGEST_TEXT = 20_000


def describe_entry(entry: NetworkEntry) -> dict[str, Any]:
    """Return everything the editor shows about an entry."""
    texts = entry.read_metadata()
    return {
        "name": entry.name, "file": str(entry.path), "problem": entry.problem,
        "fields": {name: getattr(entry.notes, name) for name in fields_of(entry.kind)},
        "facts": [*_file_facts(entry), *((label, texts[key]) for label, key in _TRAINING.items()
                                         if texts.get(key) not in (None, "", "None"))],
        "words": _trained_words(texts.get("ss_tag_frequency", "")),
    }


def format_metadata(texts: Mapping[str, str]) -> str:
    """Write a file's texts as JSON for people: tables are opened up, pictures left out."""
    return json.dumps({key: _open_up(key, value) for key, value in texts.items()}, indent=4, ensure_ascii=False)


def _file_facts(entry: NetworkEntry) -> list[tuple[str, str]]:
    size = f"{entry.size_bytes / 2**20:.1f} MB" if entry.size_bytes >= 2**20 else f"{entry.size_bytes / 2**10:.0f} KB"
    changed = time.strftime("%Y-%m-%d %H:%M", time.localtime(entry.modified_s))
    made_for = [("Made for", entry.version)] if entry.version else []
    alias = [("Name inside the file", entry.alias)] if entry.alias != entry.name else []
    return [("File", entry.relative), ("Size", size), ("Changed", changed), *made_for, *alias]


def _trained_words(text: str) -> list[tuple[str, int]]:
    """Return the words of the training captions, the most frequent first."""
    counts: Counter[str] = Counter()
    try:
        for table in json.loads(text or "{}").values():
            counts.update({str(word).strip(): int(count) for word, count in table.items()})
    except (ValueError, TypeError, AttributeError, RecursionError):
        return []  # foreign data of any shape
    return counts.most_common(_MOST_WORDS)


def _open_up(key: str, value: str) -> Any:
    if key in (COVER_IMAGES, THUMBNAIL):
        return f"({len(value)} characters of pictures)"
    if len(value) > _LONGEST_TEXT:
        return value[:_LONGEST_TEXT] + "…"
    try:
        return json.loads(value) if value.startswith(("{", "[")) else value
    except (ValueError, RecursionError):
        return value
