"""What each checkpoint is taken for, and why: lines of the doctor's report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from modules.catalog.catalog import Catalog, ModelFolders
from modules.families.dialect import read_evidence
from modules.families.recognition import recognise
from modules.foundation.errors import ModelFileError
from modules.weights.hash_cache import HashCache
from modules.weights.reading import read_header


def describe_checkpoints(folders: Sequence[Path], hashes: Path) -> Iterator[tuple[str, str, str]]:
    """Yield each checkpoint's name, what it was recognised as, and what to do where it was not."""
    catalog = Catalog(ModelFolders(tuple(folders)), HashCache(hashes))
    catalog.refresh()
    for entry in catalog.checkpoints:
        try:
            description = recognise(read_evidence(entry.path, read_header(entry.path)))
        except ModelFileError as error:
            yield entry.name, error.message, error.remedy or "Take it out of the folder."
        else:
            yield entry.name, f"{description.summary}; it has a {', '.join(description.reasons)}", ""
