"""From the files of a folder to entries: which files count, and what belongs to each."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from modules.catalog.entry import CheckpointEntry
from modules.catalog.folders import walk_folder
from modules.catalog.network_entry import NetworkEntry, NetworkKind
from modules.catalog.network_header import (
    HeaderFacts,
    read_checkpoint_facts,
    read_embedding_facts,
    read_lora_facts,
    read_pickle_facts,
)
from modules.catalog.network_index import FactsIndex
from modules.catalog.network_pictures import find_preview, is_preview
from modules.catalog.notes import ModelNotes, notes_path, read_notes
from modules.foundation.files import natural_key
from modules.weights.model_folder import is_model_folder, main_file

SUFFIXES: dict[NetworkKind, tuple[str, ...]] = {
    NetworkKind.LORA: (".safetensors", ".pt", ".ckpt"),
    NetworkKind.HYPERNETWORK: (".pt", ".safetensors"),
    NetworkKind.EMBEDDING: (".safetensors", ".pt", ".bin", ".png", ".webp", ".jxl", ".avif"),
}
_PICTURES = (".png", ".webp", ".jxl", ".avif")
_READERS: dict[NetworkKind, Callable[[Path], HeaderFacts]] = {
    NetworkKind.LORA: read_lora_facts,
    NetworkKind.HYPERNETWORK: read_pickle_facts,
    NetworkKind.EMBEDDING: read_embedding_facts,
    NetworkKind.CHECKPOINT: read_checkpoint_facts,
}
_MAX_DESCRIPTION_BYTES = 1 << 16
_NO_HYPERNETWORK = "none"
"""The word for no hypernetwork cannot be the name of one."""


@dataclass(frozen=True)
class Surroundings:
    """A folder and the files in it."""

    folder: Path
    files: Mapping[str, os.stat_result]
    by_lower_name: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_lower_name", {name.lower(): name for name in self.files})

    def beside(self, model: str, *endings: str) -> str | None:
        """Find a file named like a model but for its ending."""
        stem = Path(model).stem
        return next((name for ending in endings if (name := f"{stem}{ending}") in self.files), None)


def sort_entries(entries: Sequence[NetworkEntry]) -> list[NetworkEntry]:
    """Put the entries of one folder into natural order."""
    return sorted(entries, key=lambda entry: natural_key(entry.relative))


class EntryReader:
    """Turns files into entries, through an index of what is known about them."""

    def __init__(self, index: FactsIndex, name_in_picture: Callable[[Path], str | None]) -> None:
        self._index = index
        self._name_in_picture = name_in_picture

    def read(self, kind: NetworkKind, root: Path, around: Surroundings) -> Iterator[NetworkEntry]:
        """Give the networks among the files of a folder; empty files are none."""
        below = around.folder.relative_to(root).as_posix()
        for file, status in around.files.items():
            name = self._name(kind, file, around) if status.st_size else None
            if name:
                yield self._entry(kind, name, file if below == "." else f"{below}/{file}", around)

    def read_checkpoint(self, entry: CheckpointEntry, folders: dict[Path, Surroundings]) -> NetworkEntry | None:
        """Describe a checkpoint; ``folders`` keeps what was listed for the next. None: the file is gone."""
        folder = entry.path.parent
        if folder not in folders:
            listing = next(walk_folder(folder, set()), None)
            folders[folder] = Surroundings(folder, listing.files if listing else {})
        around = folders[folder]
        if entry.path.name not in around.files:
            if not is_model_folder(entry.path):
                return None
            around = Surroundings(folder, {**around.files, entry.path.name: main_file(entry.path).stat()})
        return self._entry(NetworkKind.CHECKPOINT, entry.stem, entry.name, around)

    def _name(self, kind: NetworkKind, file: str, around: Surroundings) -> str | None:
        path = around.folder / file
        suffix = path.suffix.lower()
        if suffix not in SUFFIXES.get(kind, ()):
            return None
        if kind is NetworkKind.EMBEDDING and suffix in _PICTURES:
            return self._name_inside(path, around)
        if kind is NetworkKind.HYPERNETWORK and path.stem.lower() == _NO_HYPERNETWORK:
            return None
        return path.stem

    def _name_inside(self, path: Path, around: Surroundings) -> str | None:
        """Give the name of the embedding in a picture; pictures that show one of the other files carry none."""
        others = (suffix for suffix in SUFFIXES[NetworkKind.EMBEDDING] if suffix not in _PICTURES)
        if is_preview(path.name) or around.beside(path.name, *others):
            return None
        return self._index.recall("name", path, around.files[path.name],
                                  lambda path: {"name": self._name_in_picture(path)})["name"]

    def _entry(self, kind: NetworkKind, name: str, relative: str, around: Surroundings) -> NetworkEntry:
        file = relative.rpartition("/")[2]
        path, status = around.folder / file, around.files[file]
        facts = self._facts(kind, path, status)
        preview = find_preview(path.stem, around.by_lower_name)
        preview = None if preview == file else preview  # an embedding in a picture is its own
        return NetworkEntry(
            kind, name, path, relative, alias=facts.alias or name, file_version=facts.version,
            modified_s=status.st_mtime, created_s=getattr(status, "st_birthtime", status.st_ctime),
            size_bytes=status.st_size, preview=around.folder / preview if preview else None,
            preview_ns=around.files[preview].st_mtime_ns if preview else 0, has_cover=facts.has_cover,
            has_metadata=facts.has_metadata, notes=self._notes(path, around), text=self._text(path, around),
            problem=facts.problem)

    def _facts(self, kind: NetworkKind, path: Path, status: os.stat_result) -> HeaderFacts:
        if path.suffix.lower() in _PICTURES:
            return HeaderFacts()
        return HeaderFacts(**self._index.recall(kind.value, path, status, lambda path: vars(_READERS[kind](path))))

    def _notes(self, model: Path, around: Surroundings) -> ModelNotes:
        name = around.beside(model.name, notes_path(model).suffix)
        if name is None:
            return ModelNotes()
        return ModelNotes(**self._index.recall(
            "notes", around.folder / name, around.files[name], lambda _: vars(read_notes(model))))

    def _text(self, model: Path, around: Surroundings) -> str:
        name = around.beside(model.name, ".txt", ".description.txt")
        if name is None:
            return ""
        return self._index.recall("text", around.folder / name, around.files[name],
                                  lambda path: {"text": _read_text(path)})["text"]


def _read_text(path: Path) -> str:
    try:
        with open(path, "rb") as handle:
            return handle.read(_MAX_DESCRIPTION_BYTES).decode("utf-8", "replace").strip()
    except OSError:
        return ""
