"""The head of a safetensors file: names, shapes and metadata, without the numbers.

Reference: the safetensors format, 8 bytes of little-endian header length, JSON, then the tensors.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from modules.foundation.errors import ModelFileError
from modules.weights.impostors import explain_unreadable
from modules.weights.state_dict import WeightsHeader

LENGTH_BYTES = 8
MAX_HEADER_BYTES = 100_000_000
MAX_TENSORS = 50_000
"""Over ten times what the largest checkpoint with EMA weights holds."""
MAX_DIMENSIONS = 16


@dataclass(frozen=True)
class TensorSpan:
    """Where a tensor's bytes lie, counted from where the tensors begin, and the format's word for its numbers."""

    kind: str
    begin: int
    end: int


@dataclass(frozen=True)
class SafetensorsHeader(WeightsHeader):
    """A checked header. ``payload_at`` is the byte at which the tensors begin."""

    payload_at: int = 0
    spans: Mapping[str, TensorSpan] = field(default_factory=dict)


def looks_like_safetensors(start: bytes, file_bytes: int) -> bool:
    """Whether the first bytes can only be meant as a safetensors header."""
    length = int.from_bytes(start[:LENGTH_BYTES], "little")
    return len(start) > LENGTH_BYTES and start[LENGTH_BYTES:LENGTH_BYTES + 1] == b"{" and length < 1 << 48


def read_safetensors_header(path: Path) -> SafetensorsHeader:
    """Read and check the head of a safetensors file.

    Raises: ModelFileError, naming how much of the file is there when it is cut off.
    """
    try:
        with open(path, "rb") as handle:
            size = path.stat().st_size
            return _check(path.name, _read_json(path.name, handle, size), handle.tell(), size)
    except OSError as error:
        raise explain_unreadable(path, error) from error


def _read_json(name: str, handle: BinaryIO, file_bytes: int) -> dict[str, Any]:
    length = int.from_bytes(handle.read(LENGTH_BYTES), "little")
    if length > MAX_HEADER_BYTES:
        raise ModelFileError(f"{name} claims a header of {length} bytes; {MAX_HEADER_BYTES} is the limit.",
                             remedy="The file is damaged or not safetensors. Download it again.")
    if LENGTH_BYTES + length > file_bytes:
        raise _cut_off(name, file_bytes, LENGTH_BYTES + length, at_least=True)
    try:
        header = json.loads(handle.read(length), object_pairs_hook=_without_duplicates)
    except (ValueError, RecursionError) as error:
        raise ModelFileError(f"{name} has a damaged header ({str(error)[:80]}).",
                             remedy="Download the file again.") from error
    if not isinstance(header, dict):
        raise ModelFileError(f"{name} has a damaged header: it is not a table of tensors.",
                             remedy="Download the file again.")
    return header


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError("a name appears twice")
    return table


def _check(name: str, header: dict[str, Any], payload_at: int, file_bytes: int) -> SafetensorsHeader:
    metadata = header.pop("__metadata__", None) or {}
    if not isinstance(metadata, Mapping):
        raise ModelFileError(f"{name} has a damaged header: its metadata is no table.")
    if len(header) > MAX_TENSORS:
        raise ModelFileError(f"{name} holds {len(header)} tensors; {MAX_TENSORS} is the limit.")
    shapes: dict[str, tuple[int, ...]] = {}
    spans: dict[str, TensorSpan] = {}
    for key, entry in header.items():
        try:
            shapes[key], spans[key] = _read_entry(entry)
        except (TypeError, KeyError, IndexError, ValueError) as error:
            raise ModelFileError(f"{name} has a damaged header: the entry of {key[:80]!r} makes no sense.",
                                 remedy="Download the file again.") from error
        if math.prod(shapes[key]) > 8 * file_bytes:
            raise ModelFileError(f"{name} claims a tensor {key[:80]!r} larger than the file.")
    end = max((span.end for span in spans.values()), default=0)
    if payload_at + end > file_bytes:
        raise _cut_off(name, file_bytes, payload_at + end)
    texts = {str(key): str(value) for key, value in metadata.items()}
    return SafetensorsHeader(shapes, texts, payload_at, spans)


def _read_entry(entry: Any) -> tuple[tuple[int, ...], TensorSpan]:
    """Give a tensor's shape, and where its bytes lie."""
    shape = tuple(_natural(side) for side in entry["shape"])
    if len(shape) > MAX_DIMENSIONS:
        raise ValueError("too many dimensions")
    begin, end = entry["data_offsets"]
    return shape, TensorSpan(str(entry["dtype"]), _natural(begin), _natural(end))


def _natural(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(value)
    return value


def _cut_off(name: str, present: int, expected: int, *, at_least: bool = False) -> ModelFileError:
    return ModelFileError(
        f"{name} is cut off: {present} of {'at least ' if at_least else ''}{expected} bytes are there.",
        remedy="Download the file again.")
