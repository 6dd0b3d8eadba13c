"""From a path to tensors, by what the file is and not by what it is called."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open

from modules.foundation.errors import ModelFileError
from modules.weights.header import looks_like_safetensors, read_safetensors_header
from modules.weights.impostors import explain_impostor, explain_unreadable
from modules.weights.model_folder import files_of_parts, is_model_folder, read_index
from modules.weights.pickles import ZIP_START, read_pickle
from modules.weights.state_dict import StateDict, WeightsHeader

_START_BYTES = 512
_WRAPPERS = ("state_dict", "model_state_dict")


def read_weights(path: Path) -> StateDict:
    """Read a model file; safetensors and new-style pickles stay on the disk until their tensors are used.

    Raises: ModelFileError, saying what the file is instead of a model.
    """
    if is_model_folder(path):
        return _read_folder(path)
    if is_safetensors(path):
        return _read_safetensors(path)
    return StateDict(_flatten(path.name, read_pickle(path)))


def read_header(path: Path) -> WeightsHeader:
    """Read names, shapes and metadata only. Raises: ModelFileError."""
    if is_model_folder(path):
        parts = {part: [read_header(file) for file in files] for part, files in files_of_parts(path).items()}
        return WeightsHeader({f"{part}.{name}": shape for part, headers in parts.items() for header in headers
                              for name, shape in header.shapes.items()}, read_index(path))
    if is_safetensors(path):
        return read_safetensors_header(path)
    return WeightsHeader(read_weights(path).shapes)


def read_metadata(path: Path) -> dict[str, str]:
    """Read the header's texts; files without a header have none. Raises: ModelFileError."""
    return dict(read_safetensors_header(path).metadata) if is_safetensors(path) else {}


def read_object(path: Path) -> Any:
    """Read a file whose tables matter as they are: an embedding or hypernetwork in the old format.

    Raises: ModelFileError.
    """
    return dict(_read_safetensors(path).tensors) if is_safetensors(path) else read_pickle(path)


def is_safetensors(path: Path) -> bool:
    """Tell safetensors from pickles; raise for files that are neither."""
    try:
        if not path.is_file():  # a pipe would block for ever
            raise ModelFileError(f"{path.name} is not a file in {path.parent}.",
                                 remedy="Refresh the list and choose another.")
        with open(path, "rb") as handle:
            start = handle.read(_START_BYTES)
        size = path.stat().st_size
    except OSError as error:
        raise explain_unreadable(path, error) from error
    if looks_like_safetensors(start, size):
        return True
    if start.startswith((ZIP_START, b"\x80")):
        return False
    raise explain_impostor(path.name, start) or ModelFileError(
        f"{path.name} is neither a safetensors file nor a PyTorch file.", remedy="Download the file again.")


def _read_folder(folder: Path) -> StateDict:
    metadata = read_index(folder)
    parts = {part: [read_weights(file) for file in files] for part, files in files_of_parts(folder).items()}
    return StateDict({f"{part}.{name}": tensor for part, pieces in parts.items() for piece in pieces
                      for name, tensor in piece.tensors.items()}, metadata)


def _read_safetensors(path: Path) -> StateDict:
    header = read_safetensors_header(path)
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise ModelFileError(f"{path.name} is damaged ({str(error)[:100]}).",
                             remedy="Download the file again.") from error
    except OSError as error:
        raise explain_unreadable(path, error) from error
    return StateDict(tensors, header.metadata)


def _flatten(name: str, content: Any) -> dict[str, torch.Tensor]:
    for wrapper in _WRAPPERS:
        if isinstance(content, Mapping) and isinstance(content.get(wrapper), Mapping):
            content = content[wrapper]
    tensors = {key: value for key, value in content.items()
               if isinstance(key, str) and isinstance(value, torch.Tensor)} if isinstance(content, Mapping) else {}
    if not tensors:
        raise ModelFileError(f"{name} holds no table of weights.",
                             remedy="Check that it is the kind of file this folder is for.")
    return tensors
