"""Finding the checkpoint somebody means.

Reference: A1111 v1.10.1 ``get_closet_checkpoint_match``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from modules.catalog.entry import CheckpointEntry

_HASH_SUFFIX = re.compile(r"\s*\[[^\]]*\]\s*$")


def find_checkpoint(entries: Sequence[CheckpointEntry], search: str) -> CheckpointEntry | None:
    """Find by exact alias, else by the shortest title that contains the text, else without its ``[hash]``."""
    if not search:
        return None
    exact = next((entry for entry in entries if search in entry.aliases), None)
    return exact or _containing(entries, search) or _containing(entries, _HASH_SUFFIX.sub("", search))


def _containing(entries: Sequence[CheckpointEntry], search: str) -> CheckpointEntry | None:
    found = [entry for entry in entries if search and search in entry.title]
    return min(found, key=lambda entry: len(entry.title), default=None)
