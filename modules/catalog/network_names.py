"""Which file a name in ``<lora:name>`` means.

Reference: A1111 v1.10.1: file names always work, aliases unless two files claim them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from modules.catalog.network_entry import NetworkEntry

_NEVER_ALIASES = frozenset({"none", "addams"})
"""Names that training programs leave in files of all sorts."""


class NetworkNames:
    """The names of the LoRA files there are. Of files with the same name, the last has it.

    The others are named with the folders they lie in: ``styles/ink``.
    """

    def __init__(self, entries: Sequence[NetworkEntry]) -> None:
        self._by_name = {entry.name: entry for entry in entries}
        self._names = {entry.path: entry.name for entry in self._by_name.values()}
        for entry in entries:
            if entry.path not in self._names:
                name = self._names[entry.path] = self._longer_name(entry)
                self._by_name[name] = entry
        self._by_alias = {entry.alias: entry for entry in entries}
        claims = Counter(name for entry in entries for name in {entry.name, entry.alias})
        self._forbidden = _NEVER_ALIASES | {name.lower() for name, count in claims.items() if count > 1}

    def find(self, name: str) -> NetworkEntry | None:
        """Find the file that a name or alias means."""
        found = self._by_name.get(name)
        return found or (None if name.lower() in self._forbidden else self._by_alias.get(name))

    def prompt_name(self, entry: NetworkEntry, *, prefer_alias: bool = True) -> str:
        """Give the name by which a prompt reaches an entry: its alias, where that is clear."""
        if prefer_alias and entry.alias.lower() not in self._forbidden:
            return entry.alias
        return self._names.get(entry.path, entry.name)

    def _longer_name(self, entry: NetworkEntry) -> str:
        name = entry.name
        for part in reversed(entry.path.parent.parts):
            if name not in self._by_name:
                break
            name = f"{part.strip('/')}/{name}"
        return name
