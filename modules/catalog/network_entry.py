"""One network (LoRA, hypernetwork, textual inversion) or checkpoint, as lists of them show it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from modules.catalog.network_header import peek_texts
from modules.catalog.network_versions import VERSIONS
from modules.catalog.notes import ModelNotes
from modules.foundation.errors import ModelFileError


class NetworkKind(Enum):
    """What a file is used as; values are A1111's names of the pages that list them."""

    EMBEDDING = "textual_inversion"
    HYPERNETWORK = "hypernetworks"
    CHECKPOINT = "checkpoints"
    LORA = "lora"


@dataclass(frozen=True)
class NetworkEntry:
    """A file, the names it answers to, and what lies beside it."""

    kind: NetworkKind
    name: str
    """The stem of the file, or the name that an embedding in a picture has stored."""
    path: Path
    relative: str
    """The path below its folder, with forward slashes."""
    alias: str = ""
    """A second name from inside the file; ``name`` where there is none."""
    file_version: str = ""
    """``SD1``, ``SD2`` or ``SDXL`` as the file shows it; empty: it does not."""
    modified_s: float = 0.0
    created_s: float = 0.0
    size_bytes: int = 0
    preview: Path | None = None
    preview_ns: int = 0
    """When the preview changed last."""
    has_cover: bool = False
    """The file itself carries a picture."""
    has_metadata: bool = False
    notes: ModelNotes = field(default_factory=ModelNotes)
    text: str = ""
    """The text file beside it."""
    problem: str = ""
    """Why the file cannot be used; empty where it can."""

    @property
    def version(self) -> str:
        """For which Stable Diffusion it is made, by its notes or else by the file."""
        return self.notes.version if self.notes.version in VERSIONS else self.file_version

    @property
    def description(self) -> str:
        return self.notes.description or self.text

    @property
    def folder(self) -> str:
        """The folder below the kind's own, empty for that itself."""
        return self.relative.rpartition("/")[0]

    @property
    def hidden(self) -> bool:
        """Whether it lies in a folder whose name begins with a dot."""
        return any(part.startswith(".") for part in self.relative.split("/"))

    def read_metadata(self) -> dict[str, str]:
        """Read the texts inside the file; empty where there are none or the file is broken."""
        try:
            return peek_texts(self.path) if self.path.suffix.lower() == ".safetensors" else {}
        except ModelFileError:
            return {}
