"""Reading an embedding from whatever kind of file it is in."""

from __future__ import annotations

from pathlib import Path

from modules.adapters.inversions.embedding import Embedding, recognise_embedding
from modules.adapters.inversions.pictures import read_picture
from modules.weights.reading import read_object

PICTURE_SUFFIXES = frozenset({".png", ".webp", ".jxl", ".avif"})
_STORED_NAME = "name"


def is_picture(path: Path) -> bool:
    return path.suffix.lower() in PICTURE_SUFFIXES


def read_embedding(path: Path, name: str) -> Embedding | None:
    """Read an embedding; None for a picture that carries none. A picture's own name for it overrules ``name``.

    Raises: ModelFileError.
    """
    if not is_picture(path):
        return recognise_embedding(read_object(path), name)
    content = read_picture(path)
    if content is None:
        return None
    stored = content.get(_STORED_NAME)
    return recognise_embedding(content, stored if isinstance(stored, str) and stored else name)
