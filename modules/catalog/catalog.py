"""The list of checkpoints and VAEs that the rest of the program chooses from."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from modules.catalog.distinct_names import distinct_names
from modules.catalog.entry import CheckpointEntry
from modules.catalog.folders import CHECKPOINT_SUFFIXES, VAE_SUFFIXES, find_files, find_model_folders
from modules.catalog.lookup import find_checkpoint
from modules.foundation.errors import ModelFileError, NotFoundError
from modules.foundation.files import natural_key
from modules.weights.hash_cache import HashCache
from modules.weights.hashes import SHORT_LENGTH, hash_legacy
from modules.weights.model_folder import main_file

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
        self.hashing = True
        """Whether hashes that are not known yet are computed."""
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
        """VAE files by file name; a second of a name by its folder too."""
        return dict(self._vaes)

    def refresh(self) -> None:
        """Look at the folders again; hashes that are already known come along."""
        checkpoints = distinct_names((folder, path.relative_to(folder).as_posix())
                                     for folder in self._folders.checkpoints for path in _checkpoints_in(folder))
        entries = tuple(self._describe(path, name) for name, path in checkpoints.items())
        places = (*self._folders.vaes, *self._folders.checkpoints)
        vaes = distinct_names((path.parent, path.name) for folder in places for path in find_files(folder, VAE_SUFFIXES)
                              if folder in self._folders.vaes or path.name.lower().endswith(_VAE_MARKS))
        with self._lock:
            self._checkpoints = entries
            self._vaes = vaes

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
        if entry.sha256 is None and self.hashing:
            entry = dataclasses.replace(entry, sha256=self._hashes.sha256(main_file(entry.path)))
            with self._lock:
                self._checkpoints = tuple(entry if old.path == entry.path else old for old in self._checkpoints)
        return entry

    def short_hash(self, path: Path) -> str | None:
        """Give the short hash of any model file; None where none is to be computed. Raises: ModelFileError."""
        sha256 = self._hashes.sha256(path) if self.hashing else self._hashes.known_sha256(path)
        return sha256[:SHORT_LENGTH] if sha256 else None

    def hash_all(self, stop: Callable[[], bool]) -> None:
        """Compute every missing hash, for a thread in the background; unreadable files are passed over."""
        for entry in self._checkpoints:
            if stop():
                return
            try:
                self.with_hash(entry)
            except ModelFileError:
                continue

    def _describe(self, path: Path, name: str) -> CheckpointEntry:
        file = main_file(path)
        return CheckpointEntry(path, name, self._hashes.known_sha256(file), hash_legacy(file))


def _checkpoints_in(folder: Path) -> list[Path]:
    """List files and model folders together, in natural order."""
    files = find_files(folder, CHECKPOINT_SUFFIXES, lambda name: name.endswith(_VAE_MARKS))
    return sorted([*files, *find_model_folders(folder)],
                  key=lambda path: natural_key(path.relative_to(folder).as_posix()))
