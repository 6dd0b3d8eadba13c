"""The list of checkpoints and VAEs that the rest of the program chooses from."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from modules.catalog.entry import CheckpointEntry
from modules.catalog.folders import CHECKPOINT_SUFFIXES, VAE_SUFFIXES, find_files
from modules.catalog.lookup import find_checkpoint
from modules.foundation.errors import ModelFileError, NotFoundError
from modules.weights.hash_cache import HashCache
from modules.weights.hashes import SHORT_LENGTH, hash_legacy

_VAE_MARKS = (".vae.safetensors", ".vae.ckpt", ".vae.pt")


@dataclass(frozen=True)
class ModelFolders:
    """Where models are looked for; files found in an earlier folder come first."""

    checkpoints: tuple[Path, ...]
    vaes: tuple[Path, ...] = ()


class Catalog:
    """What lies in the models folders, as of the last ``refresh``.

    Every thread may read at any time: a refresh replaces the lists as a whole.
    """

    def __init__(self, folders: ModelFolders, hashes: HashCache) -> None:
        self._folders = folders
        self._hashes = hashes
        self._lock = threading.Lock()
        self._checkpoints: tuple[CheckpointEntry, ...] = ()
        self._vaes: dict[str, Path] = {}

    @property
    def folders(self) -> ModelFolders:
        return self._folders

    @property
    def checkpoints(self) -> Sequence[CheckpointEntry]:
        return self._checkpoints

    @property
    def vaes(self) -> dict[str, Path]:
        """VAE files by file name."""
        return dict(self._vaes)

    def refresh(self) -> None:
        """Look at the folders again; hashes that are already known come along."""
        entries = tuple(self._describe(path, folder) for folder in self._folders.checkpoints
                        for path in find_files(folder, CHECKPOINT_SUFFIXES, lambda name: name.endswith(_VAE_MARKS)))
        places = (*self._folders.vaes, *self._folders.checkpoints)
        vaes = [path for folder in places for path in find_files(folder, VAE_SUFFIXES)
                if folder in self._folders.vaes or path.name.lower().endswith(_VAE_MARKS)]
        with self._lock:
            self._checkpoints = entries
            self._vaes = {path.name: path for path in reversed(vaes)}

    def find(self, search: str) -> CheckpointEntry | None:
        """Find the checkpoint that a title, name, stem or hash means."""
        return find_checkpoint(self._checkpoints, search)

    def require(self, search: str) -> CheckpointEntry:
        """Find a checkpoint. Raises: NotFoundError."""
        found = self.find(search)
        if found is None:
            raise NotFoundError(f"There is no checkpoint called {search[:100]!r}.",
                                remedy="Put it into models/Stable-diffusion and refresh the list, or choose another.")
        return found

    def with_hash(self, entry: CheckpointEntry) -> CheckpointEntry:
        """Give the entry with its sha256, computing it if need be (seconds). Raises: ModelFileError."""
        if entry.sha256 is None:
            entry = dataclasses.replace(entry, sha256=self._hashes.sha256(entry.path))
            with self._lock:
                self._checkpoints = tuple(entry if old.path == entry.path else old for old in self._checkpoints)
        return entry

    def short_hash(self, path: Path) -> str:
        """Give the short hash of any model file. Raises: ModelFileError."""
        return self._hashes.sha256(path)[:SHORT_LENGTH]

    def hash_all(self, stop: Callable[[], bool]) -> None:
        """Compute every missing hash, for a thread in the background; unreadable files are passed over."""
        for entry in self._checkpoints:
            if stop():
                return
            try:
                self.with_hash(entry)
            except ModelFileError:
                continue

    def _describe(self, path: Path, folder: Path) -> CheckpointEntry:
        return CheckpointEntry(path, path.relative_to(folder).as_posix(), self._hashes.known_sha256(path),
                               hash_legacy(path))
