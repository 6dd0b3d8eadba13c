"""``modules.safe``: opening model files that are Python pickles."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from modules.foundation.errors import InvalidRequestError
from modules.weights.reading import read_object


def load(filename: Any, *args: Any, **kwargs: Any) -> Any:
    """Read a file of weights; only plain data is accepted. Raises: ModelFileError."""
    if not isinstance(filename, (str, Path)):
        raise InvalidRequestError("filename", "Only files on the disk can be opened here, not what is in memory.",
                                  remedy="Write it to a file first, or use safetensors.")
    return read_object(Path(filename))


def load_with_extra(filename: Any, extra_handler: Callable[[str, str], Any] | None = None, *args: Any,
                    **kwargs: Any) -> Any:
    """Read a file of weights; what may be in it cannot be extended. Raises: ModelFileError."""
    return load(filename)


class Extra:
    """Does nothing: what may be in files of weights cannot be extended."""

    def __init__(self, handler: Callable[[str, str], Any]) -> None:
        self.handler = handler

    def __enter__(self) -> None:
        """Nothing to allow."""

    def __exit__(self, *_: object) -> None:
        """Nothing to take back."""


def unsafe_torch_load() -> Any:
    """Return PyTorch's own function, which extensions could call as well; the core never does.

    It refuses everything but tensors, too, unless whoever calls it says ``weights_only=False``.
    """
    return importlib.import_module("torch").load
