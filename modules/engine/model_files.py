"""What a model is loaded from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from modules.weights.model_folder import main_file

FileStamp = tuple[Path, int, int]


@dataclass(frozen=True)
class ModelFiles:
    """A checkpoint, a file or a folder of diffusers'; ``vae`` takes the place of its own."""

    checkpoint: Path
    vae: Path | None = None


def stamp_of(path: Path | None) -> FileStamp | None:
    """Identify a file's content without reading it; a missing file is the loader's to report."""
    if path is None or not path.exists():
        return None
    status = main_file(path).stat()
    return path, status.st_size, status.st_mtime_ns
