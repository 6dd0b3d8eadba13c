"""The embeddings there are, read when a prompt names them.

A folder may hold thousands of files. What a file is called is enough to know whether a prompt can name it,
except for pictures, which carry the name inside.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from modules.adapters.file_stamp import Stamp, stamp_of
from modules.adapters.inversions.embedding import Embedding
from modules.adapters.inversions.files import is_picture, read_embedding
from modules.foundation.errors import ModelFileError

_PREVIEW = ".preview"
_RUN = re.compile(r"\d|[^\W\d_]+")


@dataclass(frozen=True)
class InversionFile:
    """A file in an embeddings folder and the name it goes by."""

    name: str
    path: Path


@dataclass(frozen=True)
class FoundEmbeddings:
    """Embeddings the model can use, and what is to be said about those it cannot."""

    usable: tuple[Embedding, ...] = ()
    comments: tuple[str, ...] = ()


class InversionShelf:
    """Remembers what it has read for as long as the file stays the same."""

    def __init__(self) -> None:
        self._read: dict[Path, tuple[Stamp, Embedding | ModelFileError | None]] = {}

    def find(self, files: Iterable[InversionFile], texts: Sequence[str], widths: Mapping[str, int]) -> FoundEmbeddings:
        """Read the embeddings that ``texts`` can name; ``widths`` are those of the model's text encoders.

        A few more may come than are named: whether the tokens match is the prompt reader's to decide.
        """
        files = list(files)
        models = {(file.path.parent, file.path.stem) for file in files if not is_picture(file.path)}
        prompt = _Prompt(texts)
        usable, comments = [], []
        for file in files:
            if is_picture(file.path) and _is_preview(file.path, models):
                continue
            if not is_picture(file.path) and not prompt.may_name(file.name):
                continue
            found = self._get(file)
            name = found.name if isinstance(found, Embedding) else file.name
            if isinstance(found, Embedding) and found.fits(widths):
                usable.append(found)
            elif found is not None and prompt.names(name):
                comments.append(_explain(name, found, widths))
        return FoundEmbeddings(tuple(usable), tuple(comments))

    def _get(self, file: InversionFile) -> Embedding | ModelFileError | None:
        stamp = stamp_of(file.path)
        known = self._read.get(file.path)
        if known is None or known[0] != stamp:
            known = self._read[file.path] = stamp, _try_reading(file)
        return known[1]


class _Prompt:
    """The texts of a batch, and whether a name can occur in them."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._text = _plain("\n".join(texts)).replace("\\", "")

    def may_name(self, name: str) -> bool:
        """Whether all words of a name occur somewhere: ``style-[1|2]`` can name ``style-1``."""
        return all(run in self._text for run in _RUN.findall(_plain(name)))

    def names(self, name: str) -> bool:
        """Whether the name stands in a text, as a word of its own."""
        return re.search(rf"(?<![^\W_]){re.escape(_plain(name))}(?![^\W_])", self._text) is not None


def _plain(text: str) -> str:
    """Spell a text as the tokenizer will: small letters, composed, of ordinary width."""
    return unicodedata.normalize("NFKC", text).lower()


def _try_reading(file: InversionFile) -> Embedding | ModelFileError | None:
    try:
        return read_embedding(file.path, file.name)
    except ModelFileError as error:
        return error


def _is_preview(path: Path, models: set[tuple[Path, str]]) -> bool:
    """Whether a picture only shows what an embedding does."""
    return path.stem.lower().endswith(_PREVIEW) or (path.parent, path.stem) in models


def _explain(name: str, found: Embedding | ModelFileError, widths: Mapping[str, int]) -> str:
    if isinstance(found, ModelFileError):
        return f"The embedding {name} was not used. {found}"
    return (f"The embedding {name} was not used: it was made for text encoders {found.width} wide, "
            f"and this model's are {sum(widths.values())}.")
