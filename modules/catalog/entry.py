"""One checkpoint as people name it.

Reference: A1111 v1.10.1's names, so that settings, pictures and API clients find their models.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from modules.catalog.folders import CHECKPOINT_SUFFIXES
from modules.weights.hashes import SHORT_LENGTH


@dataclass(frozen=True)
class CheckpointEntry:
    """A checkpoint, a file or a folder of diffusers', and its names.

    ``sha256`` and ``legacy_hash`` are None until they are computed; a folder's are those of its U-Net.
    """

    path: Path
    name: str
    """The path relative to its models folder, with forward slashes: ``anime/mix.safetensors``.

    One that lies under the same path in another folder of models says which folder that is."""
    sha256: str | None = None
    legacy_hash: str | None = None

    @property
    def stem(self) -> str:
        """What infotexts call ``Model``."""
        return _without_ending(self.path.name)

    @property
    def short_hash(self) -> str | None:
        """What infotexts call ``Model hash``."""
        return self.sha256[:SHORT_LENGTH] if self.sha256 else None

    @property
    def title(self) -> str:
        """What the checkpoint selector shows: the name, and the short hash once it is known."""
        return f"{self.name} [{self.short_hash}]" if self.short_hash else self.name

    @property
    def short_title(self) -> str:
        """What infotexts write for a second checkpoint, such as a refiner."""
        return f"{self.stem} [{self.short_hash}]" if self.short_hash else self.stem

    @property
    def model_name(self) -> str:
        """The name without folders' slashes and without its ending, as the API gives it."""
        return _without_ending(self.name.replace("/", "_").replace("\\", "_"))

    @property
    def aliases(self) -> tuple[str, ...]:
        """Everything the checkpoint answers to."""
        names = [self.model_name, self.title, self.name, self.stem]
        if self.legacy_hash:
            names += [self.legacy_hash, f"{self.name} [{self.legacy_hash}]"]
        if self.sha256 and self.short_hash:
            names += [self.short_hash, self.sha256, f"{self.name} [{self.short_hash}]", self.short_title]
        return tuple(dict.fromkeys(names))


def _without_ending(name: str) -> str:
    """Leave a file's ending out; folders have dots that are none."""
    start, _, ending = name.rpartition(".")
    return start if f".{ending.lower()}" in CHECKPOINT_SUFFIXES else name
