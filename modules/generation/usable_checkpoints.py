"""Which files in the folders of checkpoints can be used, as far as their headers tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from modules.catalog.entry import CheckpointEntry
from modules.weights.model_folder import main_file

UNKNOWABLE = ".ckpt"
"""Files that end so have no header to look at: they count as usable."""


class UsableCheckpoints:
    """Looks at files, and remembers what it saw for as long as they stay the same. Safe to use from any thread."""

    def __init__(self, recognises: Callable[[CheckpointEntry], bool]) -> None:
        self._recognises = recognises
        self._seen: dict[tuple[str, int, int], bool] = {}

    def first(self, entries: Sequence[CheckpointEntry]) -> CheckpointEntry | None:
        """Return the first that can be used; where none can, the first, so that loading it says what is wrong."""
        return next((entry for entry in entries if self._usable(entry)), next(iter(entries), None))

    def _usable(self, entry: CheckpointEntry) -> bool:
        try:
            facts = main_file(entry.path).stat()
        except OSError:
            return False
        key = (str(entry.path), facts.st_mtime_ns, facts.st_size)
        if key not in self._seen:
            self._seen[key] = entry.path.suffix.lower() == UNKNOWABLE or self._recognises(entry)
        return self._seen[key]
