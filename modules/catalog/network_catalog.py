"""The LoRA files, hypernetworks and embeddings that prompts can name."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from modules.catalog.entry import CheckpointEntry
from modules.catalog.folders import walk_folder
from modules.catalog.network_entry import NetworkEntry, NetworkKind
from modules.catalog.network_index import FactsIndex
from modules.catalog.network_names import NetworkNames
from modules.catalog.network_pictures import name_in_png
from modules.catalog.network_scan import EntryReader, Surroundings, sort_entries
from modules.weights.hash_cache import HashCache
from modules.weights.hashes import NETWORK_SHORT_LENGTH, SHORT_LENGTH

MODEL_HASH = "sshs_model_hash"
_SETTLED_NS = 2 * 10**9
"""A folder that changed this recently may change again within the same tick of its clock."""


@dataclass(frozen=True)
class NetworkFolders:
    """Where networks are looked for, by kind; files in a later folder win over those of the same name."""

    lora: tuple[Path, ...] = ()
    hypernetworks: tuple[Path, ...] = ()
    embeddings: tuple[Path, ...] = ()

    def of(self, kind: NetworkKind) -> tuple[Path, ...]:
        return {NetworkKind.LORA: self.lora, NetworkKind.HYPERNETWORK: self.hypernetworks,
                NetworkKind.EMBEDDING: self.embeddings}.get(kind, ())


@dataclass(frozen=True)
class _Lists:
    """What one look at the folders found."""

    by_kind: dict[NetworkKind, tuple[NetworkEntry, ...]] = field(default_factory=dict)
    names: NetworkNames = field(default_factory=lambda: NetworkNames(()))
    hypernetworks: dict[str, NetworkEntry] = field(default_factory=dict)


class NetworkCatalog:
    """What lies in the folders of networks, as of the last refresh.

    Every thread may read at any time: a refresh replaces the lists as a whole. No hash is computed and no tensor
    read by looking. ``name_in_picture`` gives the name of the embedding that a picture carries, if any.
    """

    def __init__(self, folders: NetworkFolders, hashes: HashCache, index_file: Path,
                 name_in_picture: Callable[[Path], str | None] = name_in_png) -> None:
        self._folders = folders
        self._hashes = hashes
        self._index = FactsIndex(index_file)
        self._reader = EntryReader(self._index, name_in_picture)
        self._lock = threading.Lock()
        self._lists = _Lists()
        self._folder_times: dict[Path, int] | None = None

    @property
    def folders(self) -> NetworkFolders:
        return self._folders

    @property
    def loras(self) -> Sequence[NetworkEntry]:
        return self.entries(NetworkKind.LORA)

    @property
    def hypernetworks(self) -> Sequence[NetworkEntry]:
        return self.entries(NetworkKind.HYPERNETWORK)

    @property
    def embeddings(self) -> Sequence[NetworkEntry]:
        return self.entries(NetworkKind.EMBEDDING)

    def entries(self, kind: NetworkKind) -> Sequence[NetworkEntry]:
        return self._lists.by_kind.get(kind, ())

    def find_lora(self, name: str) -> NetworkEntry | None:
        """Find the LoRA that a name or alias in a prompt means."""
        return self._lists.names.find(name)

    def find_lora_by_hash(self, short_hash: str) -> NetworkEntry | None:
        """Find a LoRA whose hash is known already, or written in the file; none is computed."""
        for entry in self.loras:
            known = self._hashes.known_network(entry.path) or entry.read_metadata().get(MODEL_HASH, "")
            if known[:NETWORK_SHORT_LENGTH].lower() == short_hash[:NETWORK_SHORT_LENGTH].lower():
                return entry
        return None

    def find_hypernetwork(self, name: str) -> NetworkEntry | None:
        """Find a hypernetwork by its name."""
        return self._lists.hypernetworks.get(name)

    def prompt_name(self, entry: NetworkEntry, *, prefer_alias: bool = True) -> str:
        """Give the name by which a prompt reaches an entry."""
        if entry.kind is not NetworkKind.LORA:
            return entry.name
        return self._lists.names.prompt_name(entry, prefer_alias=prefer_alias)

    def short_hash(self, entry: NetworkEntry) -> str:
        """Give the hash that infotexts write, computing it if need be. Raises: ModelFileError."""
        if entry.kind is NetworkKind.LORA:
            return self._hashes.network(entry.path)[:NETWORK_SHORT_LENGTH]
        length = NETWORK_SHORT_LENGTH if entry.kind is NetworkKind.EMBEDDING else SHORT_LENGTH
        return self._hashes.sha256(entry.path)[:length]

    def refresh(self) -> None:
        """Look at the folders again; only new and changed files are opened."""
        with self._lock:
            self._look()

    def refresh_if_changed(self) -> None:
        """Look again where a file has come, gone or been replaced: cheap enough for every generation."""
        if self._is_outdated():
            with self._lock:
                if self._is_outdated():  # not if another thread has just looked
                    self._look()

    def describe_checkpoints(self, checkpoints: Sequence[CheckpointEntry]) -> list[NetworkEntry]:
        """Describe checkpoints as a list of cards shows them."""
        with self._lock:
            around: dict[Path, Surroundings] = {}
            found = [self._reader.read_checkpoint(entry, around) for entry in checkpoints]
            self._index.save()
        return [entry for entry in found if entry]

    def _look(self) -> None:
        times: dict[Path, int] = {}
        by_kind = {kind: self._scan(kind, times) for kind in NetworkKind}
        hypernetworks = {entry.name: entry for entry in by_kind[NetworkKind.HYPERNETWORK]}
        self._lists = _Lists(by_kind, NetworkNames(by_kind[NetworkKind.LORA]), hypernetworks)
        self._folder_times = times
        self._index.save()

    def _is_outdated(self) -> bool:
        times = self._folder_times
        return times is None or any(_modified_ns(folder) != known for folder, known in times.items())

    def _scan(self, kind: NetworkKind, times: dict[Path, int]) -> tuple[NetworkEntry, ...]:
        entries: list[NetworkEntry] = []
        seen: set[tuple[int, int]] = set()
        for folder in self._folders.of(kind):
            times[folder] = 0  # stays where the folder does not exist yet
            found: list[NetworkEntry] = []
            for listing in walk_folder(folder, seen, hidden=True):
                times[listing.path] = listing.modified_ns if _is_settled(listing.modified_ns) else -1
                found += self._reader.read(kind, folder, Surroundings(listing.path, listing.files))
            entries += sort_entries(found)
        return tuple(entries)


def _modified_ns(folder: Path) -> int:
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return 0


def _is_settled(modified_ns: int) -> bool:
    return time.time_ns() - modified_ns > _SETTLED_NS
