"""Old model files (.ckpt, .pt, .bin): Python pickles, of which only plain data is ever accepted.

A pickle is a program. ``torch.load(weights_only=True)`` runs a small harmless part of that language and
refuses the rest; ``_STAND_INS`` is the whole list of what we let it meet beyond tensors, and each entry
is inert code of this file, so that neither lightning nor numpy runs on a file's behalf. There is no
fallback to unrestricted loading, and there must never be one.
"""

from __future__ import annotations

import math
import re
import threading
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy
import torch

from modules.foundation.errors import ModelFileError
from modules.weights.header import MAX_TENSORS
from modules.weights.impostors import explain_unreadable

ZIP_START = b"PK\x03\x04"
_STORED_SLACK = 1.05
"""How much larger than the file its unpacked members may claim to be: PyTorch stores, it never compresses."""
_SCALARS = frozenset({"f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"})
_REFUSED = re.compile(r"(?:unsupported\s+(?:global:\s+)?GLOBAL|unrecognized function <\S+(?: \S+)?|"
                      r"create new object for.*got|can only build.*got)\s*<?(?:class )?'?([\w.]+)",
                      re.IGNORECASE | re.DOTALL)
_load_lock = threading.Lock()  # PyTorch keeps its list of accepted names per process, not per call


class _Inert:
    """Takes the place of an object whose class is not needed to read the weights beside it."""

    def __setstate__(self, state: object) -> None:
        """Forget what the object held."""


class _ParameterTable(dict[str, Any]):
    """Takes the place of ``torch.nn.ParameterDict``, in which A1111 keeps textual inversions."""

    def __setstate__(self, state: object) -> None:
        if isinstance(state, Mapping):
            parameters = state.get("_parameters")
            for table in (state, parameters if isinstance(parameters, Mapping) else {}):
                self.update({key: value for key, value in table.items() if isinstance(value, torch.Tensor)})


class _Dtype:
    """Takes the place of ``numpy.dtype``."""

    def __init__(self, name: object = "", *_rest: object) -> None:
        self.name = str(name)

    def __setstate__(self, state: object) -> None:
        """Byte order and the like: every file there is has little-endian scalars."""


def _numpy_scalar(dtype: object, data: object = b"") -> object:
    """Take the place of numpy's scalar constructor: a plain number, or nothing where it is no number."""
    if isinstance(dtype, _Dtype) and dtype.name in _SCALARS and isinstance(data, bytes):
        values = numpy.frombuffer(data, dtype="<" + dtype.name)
        return values[0].item() if len(values) == 1 else None
    return None


_STAND_INS: list[Any] = [
    (_ParameterTable, "torch.nn.modules.container.ParameterDict"),
    (_Inert, "argparse.Namespace"),
    (_Inert, "pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint"),
    (_Inert, "pytorch_lightning.callbacks.early_stopping.EarlyStopping"),
    (_Inert, "lightning.pytorch.callbacks.model_checkpoint.ModelCheckpoint"),
    (_Dtype, "numpy.dtype"),
    (_numpy_scalar, "numpy.core.multiarray.scalar"),
    (_numpy_scalar, "numpy._core.multiarray.scalar"),
]


def read_pickle(path: Path) -> Any:
    """Read what an old model file holds: tensors, numbers, texts, and tables and lists of them.

    Raises: ModelFileError for anything else, naming the refused part; nothing in the file is executed.
    """
    try:
        mapped = _check_archive(path)
        with open(path, "rb") as handle, _load_lock, torch.serialization.safe_globals(_STAND_INS):
            source = path if mapped else handle
            content = torch.load(source, map_location="cpu", weights_only=True, mmap=mapped)  # noqa: TID251
    except ModelFileError:
        raise
    except OSError as error:
        raise explain_unreadable(path, error) from error
    except Exception as error:  # hostile bytes make the unpickler raise a dozen unrelated types
        raise _explain(path, error) from error
    _check_tensors(path.name, content)
    return content


def _check_archive(path: Path) -> bool:
    """Refuse archives that unpack to more than they hold; say whether the file can be memory-mapped."""
    with open(path, "rb") as handle:
        if handle.read(len(ZIP_START)) != ZIP_START:
            return False
    size = path.stat().st_size
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
    if sum(member.file_size for member in members) > size * _STORED_SLACK:
        raise ModelFileError(f"{path.name} would unpack to far more than its {size} bytes.",
                             remedy="It was not written by PyTorch. Do not use it.")
    # PyTorch maps only what it opens by name, and goes by the name to choose a format
    return path.suffix != ".safetensors" and all(member.compress_type == zipfile.ZIP_STORED for member in members)


def _check_tensors(name: str, content: Any) -> None:
    """Refuse tensors that claim more numbers than the file stores for them."""
    for count, tensor in enumerate(_tensors_in(content)):
        if count >= MAX_TENSORS:
            raise ModelFileError(f"{name} holds more than {MAX_TENSORS} tensors.")
        if tensor.layout is not torch.strided or tensor.device.type == "meta":
            raise ModelFileError(f"{name} holds a tensor without plain values ({tensor.layout}).")
        claimed = math.prod(tensor.shape)
        stored = tensor.untyped_storage().nbytes() // tensor.element_size()
        if claimed > stored:
            raise ModelFileError(f"{name} holds a tensor of {claimed} numbers that stores only {stored}.",
                                 remedy="It was made to exhaust memory. Do not use it.")


def _tensors_in(content: Any) -> Iterator[torch.Tensor]:
    """Walk tables and lists, each once, however they are nested."""
    waiting, seen = [content], set()
    while waiting:
        item = waiting.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        if isinstance(item, torch.Tensor):
            yield item
        elif isinstance(item, Mapping):
            waiting.extend(item.values())
        elif isinstance(item, list | tuple | set):
            waiting.extend(item)


def _explain(path: Path, error: Exception) -> ModelFileError:
    text = str(error)
    culprit = _REFUSED.search(text)
    if culprit:
        return ModelFileError(
            f"{path.name} was refused: it asks to run {culprit[1]}, which a model does not need. "
            "Nothing was run.",
            remedy="Get the .safetensors version of this model; files like this one can hold viruses.")
    if "tar format" in text:
        return ModelFileError(f"{path.name} was written by a PyTorch older than 0.4.",
                              remedy="Get a .safetensors version of this model.")
    if isinstance(error, zipfile.BadZipFile | EOFError):
        return ModelFileError(f"{path.name} is cut off or damaged: it ends after {path.stat().st_size} bytes, "
                              "in the middle of its contents.", remedy="Download the file again.")
    reason = text.splitlines()[0][:100] if text else type(error).__name__
    return ModelFileError(f"{path.name} is damaged or no model file ({reason}).",
                          remedy="Download the file again.")
