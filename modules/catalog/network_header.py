"""What a network's file says about itself, read so lightly that thousands of files are listed in a moment.

The texts at the head of a safetensors file stand before its table of tensors, which can be a hundred times
as long; only the texts are parsed here. ``weights.header`` reads, and checks, all of it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from modules.catalog.network_pictures import COVER_IMAGES, THUMBNAIL
from modules.catalog.network_versions import checkpoint_version, embedding_version, lora_version
from modules.foundation.errors import ModelFileError
from modules.weights.header import LENGTH_BYTES, MAX_HEADER_BYTES, read_safetensors_header
from modules.weights.impostors import explain_impostor, explain_unreadable
from modules.weights.model_folder import is_model_folder
from modules.weights.reading import read_header

Texts = Mapping[str, str]

_FIRST_BYTES = 1 << 16
_LAST_BYTES = 1 << 12
_TEXTS = re.compile(rb'"__metadata__"\s*:\s*(?=\{)')
_TENSOR_END = re.compile(rb'"data_offsets"\s*:\s*\[\s*\d{1,18}\s*,\s*(\d{1,18})\s*\]')
_AGAIN = "Download the file again."


@dataclass(frozen=True)
class HeaderFacts:
    """What a list of networks shows about a file. ``problem`` says why the file cannot be used."""

    alias: str = ""
    version: str = ""
    has_metadata: bool = False
    has_cover: bool = False
    problem: str = ""


def read_lora_facts(path: Path) -> HeaderFacts:
    """Read the facts about a LoRA; a broken file is one with a problem."""
    def read() -> tuple[Texts, str]:
        texts = peek_texts(path)
        return texts, lora_version(texts)

    return _facts(path, read)


def read_embedding_facts(path: Path) -> HeaderFacts:
    """Read the facts about a textual inversion."""
    def read() -> tuple[Texts, str]:
        header = read_safetensors_header(path)
        return header.metadata, embedding_version(header.shapes)

    return _facts(path, read)


def read_checkpoint_facts(path: Path) -> HeaderFacts:
    """Read the facts about a checkpoint."""
    def read() -> tuple[Texts, str]:
        header = read_header(path) if is_model_folder(path) else read_safetensors_header(path)
        return header.metadata, checkpoint_version(path, header)

    return _facts(path, read)


def read_pickle_facts(path: Path) -> HeaderFacts:
    """Read the facts about a file that carries no texts: only whether it is a model at all."""
    try:
        with open(path, "rb") as handle:
            impostor = explain_impostor(path.name, handle.read(512))
    except OSError as error:
        impostor = explain_unreadable(path, error)
    return HeaderFacts(problem=str(impostor) if impostor else "")


def peek_texts(path: Path) -> dict[str, str]:
    """Read the texts at the head of a safetensors file.

    Raises: ModelFileError when the file is no safetensors file, or is cut off.
    """
    try:
        with open(path, "rb") as handle:
            return _read_texts(path.name, handle, os.fstat(handle.fileno()).st_size)
    except OSError as error:
        raise explain_unreadable(path, error) from error


def _facts(path: Path, read: Callable[[], tuple[Texts, str]]) -> HeaderFacts:
    if path.suffix.lower() != ".safetensors":
        return read_pickle_facts(path)
    try:
        texts, version = read()
    except ModelFileError as error:
        return HeaderFacts(problem=str(error))
    return HeaderFacts(texts.get("ss_output_name", ""), version, bool(texts),
                       COVER_IMAGES in texts or THUMBNAIL in texts)


def _read_texts(name: str, handle: BinaryIO, file_bytes: int) -> dict[str, str]:
    start = handle.read(LENGTH_BYTES + _FIRST_BYTES)
    length = int.from_bytes(start[:LENGTH_BYTES], "little")
    if len(start) <= LENGTH_BYTES or start[LENGTH_BYTES:LENGTH_BYTES + 1] != b"{" or length > MAX_HEADER_BYTES:
        raise explain_impostor(name, start) or ModelFileError(f"{name} is not a safetensors file.", remedy=_AGAIN)
    if LENGTH_BYTES + length > file_bytes:
        raise ModelFileError(f"{name} is cut off within its first bytes.", remedy=_AGAIN)
    header = start[LENGTH_BYTES:LENGTH_BYTES + length]
    texts = _find_texts(header) if len(header) == length or header.startswith(b'{"__metadata__"') else None
    if texts is None and len(header) < length:  # the texts are longer, or stand further behind
        header += handle.read(length - len(header))
        texts = _find_texts(header)
    _check_end(name, handle, length, file_bytes)
    if texts is None:
        raise _damaged(name)
    return {str(key): str(value) for key, value in texts.items()}


def _find_texts(header: bytes) -> dict[str, Any] | None:
    """Parse the texts and nothing else; None where they are incomplete."""
    mark = _TEXTS.search(header)
    if mark is None:
        return {}
    try:
        return json.JSONDecoder().raw_decode(header[mark.end():].decode("utf-8", "ignore"))[0]
    except (ValueError, RecursionError):
        return None


def _check_end(name: str, handle: BinaryIO, length: int, file_bytes: int) -> None:
    """Notice a broken-off download: the tensor listed last nearly always lies last."""
    handle.seek(LENGTH_BYTES + max(length - _LAST_BYTES, 0))
    last = handle.read(min(length, _LAST_BYTES))
    if not last.rstrip().endswith(b"}"):
        raise _damaged(name)
    ends = _TENSOR_END.findall(last)
    needed = LENGTH_BYTES + length + max(map(int, ends), default=0)
    if needed > file_bytes:
        raise ModelFileError(f"{name} is cut off: {file_bytes} of at least {needed} bytes are there.", remedy=_AGAIN)


def _damaged(name: str) -> ModelFileError:
    return ModelFileError(f"{name} has a damaged header.", remedy=_AGAIN)
