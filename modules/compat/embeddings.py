"""Textual inversions as ``modules.textual_inversion`` and ``sd_hijack.model_hijack.embedding_db`` show them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from modules.adapters.inversions.embedding import ONLY, Embedding
from modules.adapters.inversions.files import read_embedding
from modules.adapters.inversions.shelf import InversionFile
from modules.catalog.network_entry import NetworkEntry
from modules.compat.host import HOST
from modules.foundation.errors import ModelFileError

SHORT_HASH = 12


class ShownEmbedding:
    """One textual inversion; its vectors are read when they are asked for."""

    def __init__(self, entry: NetworkEntry) -> None:
        self._entry = entry
        self._read: Embedding | None = None
        self.name = entry.name
        self.filename = str(entry.path)
        self.step: int | None = None
        self.sd_checkpoint = self.sd_checkpoint_name = self.optimizer_state_dict = None

    @property
    def vec(self) -> Any:
        """The vectors: a tensor, or by text encoder for SDXL."""
        parts = dict(self._embedding().parts)
        return parts.get(ONLY, parts)

    @property
    def vectors(self) -> int:
        return self._embedding().vector_count

    @property
    def shape(self) -> int:
        return self._embedding().width

    @property
    def hash(self) -> str:
        return HOST.require().bench.networks.short_hash(self._entry)

    @property
    def shorthash(self) -> str:
        return self.hash[:SHORT_HASH]

    def _embedding(self) -> Embedding:
        if self._read is None:
            self._read = read_embedding(self._entry.path, self._entry.name)
        if self._read is None:
            raise ModelFileError(f"{self._entry.path.name} carries no embedding.")
        return self._read


class EmbeddingDatabase:
    """The textual inversions there are."""

    def __init__(self) -> None:
        self.expected_shape = -1
        self.ids_lookup: dict[int, Any] = {}

    @property
    def word_embeddings(self) -> dict[str, ShownEmbedding]:
        """Those that the model in memory can use; all, while there is none."""
        return {name: one for name, one in self._all().items() if _fits(one)}

    @property
    def skipped_embeddings(self) -> dict[str, ShownEmbedding]:
        """Those made for other models."""
        return {name: one for name, one in self._all().items() if not _fits(one)}

    @property
    def embedding_dirs(self) -> dict[str, Path]:
        return {str(folder): folder for folder in HOST.require().bench.networks.folders.embeddings}

    def load_textual_inversion_embeddings(self, force_reload: bool = False) -> None:
        """Look into the folders again."""
        HOST.require().bench.networks.refresh()

    def add_embedding_dir(self, path: str) -> None:
        """Do nothing: folders are named when the program starts (``--embeddings-dir``)."""

    def find_embedding_at_position(self, tokens: list[int], offset: int) -> tuple[None, None]:
        """Find nothing: embeddings are found while prompts are cut into chunks."""
        return None, None

    def _all(self) -> dict[str, ShownEmbedding]:
        return {entry.name: ShownEmbedding(entry) for entry in HOST.require().bench.networks.embeddings}


def _fits(embedding: ShownEmbedding) -> bool:
    bench = HOST.require().bench
    model = bench.models.current
    if model is None:
        return True
    widths: Mapping[str, int] = {encoder.name: encoder.width for encoder in model.text_encoders}
    found = bench.inversions.find([InversionFile(embedding.name, Path(embedding.filename))], [embedding.name], widths)
    return bool(found.usable)


embedding_db = EmbeddingDatabase()
