"""Model files one tensor at a time: reading and writing what is larger than the memory there is."""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

import torch

from modules.foundation.errors import ModelFileError
from modules.foundation.files import atomic_write
from modules.weights.header import LENGTH_BYTES, SafetensorsHeader, read_safetensors_header
from modules.weights.impostors import explain_unreadable
from modules.weights.reading import is_safetensors, read_weights

_DTYPES = {
    "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16,
    "F8_E4M3": torch.float8_e4m3fn, "F8_E5M2": torch.float8_e5m2, "I64": torch.int64, "I32": torch.int32,
    "I16": torch.int16, "I8": torch.int8, "U8": torch.uint8, "U16": torch.uint16, "U32": torch.uint32,
    "U64": torch.uint64, "BOOL": torch.bool, "C64": torch.complex64,
}
_KINDS = {dtype: kind for kind, dtype in _DTYPES.items()}


@dataclass(frozen=True)
class TensorFacts:
    """A tensor without its numbers."""

    dtype: torch.dtype
    shape: tuple[int, ...]

    @property
    def size_bytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize

    @classmethod
    def of(cls, tensor: torch.Tensor) -> TensorFacts:
        return cls(tensor.dtype, tuple(tensor.shape))


class TensorSource(Protocol):
    """Tensors that are looked at one by one."""

    @property
    def facts(self) -> Mapping[str, TensorFacts]:
        """What there is, by name."""

    @property
    def metadata(self) -> Mapping[str, str]:
        """The texts of the file's header."""

    def read(self, name: str) -> torch.Tensor:
        """Return one tensor. Raises: ModelFileError."""


@dataclass(frozen=True)
class HollowSource:
    """Tensors without numbers, by which a computation tells what its results would look like."""

    facts: Mapping[str, TensorFacts]
    metadata: Mapping[str, str]

    def read(self, name: str) -> torch.Tensor:
        facts = self.facts[name]
        return torch.empty(facts.shape, dtype=facts.dtype, device="meta")


@contextmanager
def open_weights(path: Path) -> Iterator[TensorSource]:
    """Open a model file of any format. Raises: ModelFileError, also from the source's ``read``."""
    if not is_safetensors(path):
        loaded = read_weights(path)
        facts = {name: TensorFacts.of(tensor) for name, tensor in loaded.tensors.items()}
        yield _LoadedSource(facts, loaded.metadata, loaded.tensors)
        return
    with contextlib.ExitStack() as stack:
        try:
            header = read_safetensors_header(path)
            handle = stack.enter_context(open(path, "rb"))
        except OSError as error:
            raise explain_unreadable(path, error) from error
        yield _FileSource(path, handle, header)


def write_safetensors(path: Path, tensors: Mapping[str, TensorFacts], make: Callable[[str], torch.Tensor],
                      metadata: Mapping[str, str]) -> None:
    """Write a safetensors file whose tensors are made when their turn comes; it appears whole or not at all.

    Raises: OutputError, and whatever ``make`` raises. Reference: the safetensors format.
    """
    # Wide numbers first, so that every tensor lies at a multiple of its numbers' size
    order = sorted(tensors, key=lambda name: -tensors[name].dtype.itemsize)

    def write(handle: BinaryIO) -> None:
        handle.write(_compose_header({name: tensors[name] for name in order}, metadata))
        for name in order:
            tensor = make(name)
            assert TensorFacts.of(tensor) == tensors[name], name
            handle.write(tensor.contiguous().reshape(-1).view(torch.uint8).numpy().data)

    atomic_write(path, write)


def write_pickle(path: Path, tensors: Mapping[str, torch.Tensor]) -> None:
    """Write a file in the old format; it appears whole or not at all. Raises: OutputError."""
    atomic_write(path, lambda handle: torch.save(dict(tensors), handle))


@dataclass(frozen=True)
class _LoadedSource:
    facts: Mapping[str, TensorFacts]
    metadata: Mapping[str, str]
    _tensors: Mapping[str, torch.Tensor]

    def read(self, name: str) -> torch.Tensor:
        return self._tensors[name]


class _FileSource:
    """Reads instead of mapping: mapped pages would count as memory in use until the end."""

    def __init__(self, path: Path, handle: BinaryIO, header: SafetensorsHeader) -> None:
        self._path, self._handle, self._header = path, handle, header
        self.metadata = header.metadata
        self.facts = {name: self._check(name) for name in header.shapes}

    def read(self, name: str) -> torch.Tensor:
        facts, span = self.facts[name], self._header.spans[name]
        content = torch.empty(facts.size_bytes, dtype=torch.uint8)
        try:
            self._handle.seek(self._header.payload_at + span.begin)
            count = self._handle.readinto(content.numpy().data)  # type: ignore[attr-defined]
        except OSError as error:
            raise explain_unreadable(self._path, error) from error
        if count != facts.size_bytes:
            raise ModelFileError(f"{self._path.name} has become shorter while it was read.")
        return content.view(facts.dtype).reshape(facts.shape)

    def _check(self, name: str) -> TensorFacts:
        span = self._header.spans[name]
        dtype = _DTYPES.get(span.kind)
        if dtype is None:
            raise ModelFileError(f"{self._path.name} stores {name[:80]!r} as {span.kind[:20]!r}, which is not known.",
                                 remedy="Get another version of this model.")
        facts = TensorFacts(dtype, self._header.shapes[name])
        if facts.size_bytes != span.end - span.begin:
            raise ModelFileError(f"{self._path.name} has a damaged header: the size of {name[:80]!r} makes no sense.",
                                 remedy="Download the file again.")
        return facts


def _compose_header(tensors: Mapping[str, TensorFacts], metadata: Mapping[str, str]) -> bytes:
    table: dict[str, object] = {"__metadata__": dict(metadata)} if metadata else {}
    begin = 0
    for name, facts in tensors.items():
        end = begin + facts.size_bytes
        table[name] = {"dtype": _KINDS[facts.dtype], "shape": list(facts.shape), "data_offsets": [begin, end]}
        begin = end
    text = json.dumps(table, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % LENGTH_BYTES)
    return len(text).to_bytes(LENGTH_BYTES, "little") + text
