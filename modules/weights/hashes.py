"""The names that infotexts and people use for the content of a model file.

Reference: A1111 v1.10.1, so that hashes in old pictures find their models.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from modules.weights.header import read_safetensors_header
from modules.weights.impostors import explain_unreadable
from modules.weights.reading import read_metadata

SHORT_LENGTH = 10
"""Digits of a checkpoint's or VAE's sha256 that are shown."""
NETWORK_SHORT_LENGTH = 12
"""The same for LoRA and embeddings."""
_CHUNK_BYTES = 1 << 20
_LEGACY_OFFSET, _LEGACY_BYTES, _LEGACY_LENGTH = 0x100000, 0x10000, 8
_NO_FILE = "NOFILE"


def hash_file(path: Path) -> str:
    """Compute the sha256 of the whole file. Raises: ModelFileError."""
    return _hash_from(path, 0)


def hash_legacy(path: Path) -> str:
    """Compute the 8 digits that pictures from 2022 name their model by; ``NOFILE`` where there is none."""
    try:
        with open(path, "rb") as handle:
            handle.seek(_LEGACY_OFFSET)
            return hashlib.sha256(handle.read(_LEGACY_BYTES)).hexdigest()[:_LEGACY_LENGTH]
    except OSError:
        return _NO_FILE


def hash_network(path: Path) -> str:
    """Compute the hash that LoRA tools agree on: of the tensors, whatever the header says.

    Raises: ModelFileError.
    """
    stored = read_metadata(path).get("sshs_model_hash")
    if stored:
        return stored
    if path.suffix.lower() != ".safetensors":
        return hash_file(path)
    return _hash_from(path, read_safetensors_header(path).payload_at)


def _hash_from(path: Path, offset: int) -> str:
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as handle:
            handle.seek(offset)
            while chunk := handle.read(_CHUNK_BYTES):
                digest.update(chunk)
    except OSError as error:
        raise explain_unreadable(path, error) from error
    return digest.hexdigest()
