"""Make an installed torchvision importable where its compiled half does not fit this PyTorch.

The torchvision on PyPI is built for the CUDA build of PyTorch. Beside a CPU build its library of compiled
operators does not load, torchvision carries on without it, and then fails at import because two operators
it describes (``nms``, ``qnms``) do not exist; transformers and diffusers fail with it, though they need
nothing of torchvision that is compiled. Declaring the two operators, without code behind them, lets the
import succeed. Where torchvision is healthy or absent nothing is done.
"""

from __future__ import annotations

import functools
import importlib.util
import sys
from pathlib import Path

import torch

_OPERATORS = ("nms", "qnms")
_SCHEMA = "{}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


@functools.cache
def repair_torchvision() -> torch.library.Library | None:
    """Declare the missing operators, once; call it before transformers or diffusers is imported.

    Returns the declaration, which lives as long as the process, or None where there was nothing to do.
    """
    spec = None if "torchvision" in sys.modules else importlib.util.find_spec("torchvision")
    if spec is None or _operators_exist() or _compiled_half_loads(spec.submodule_search_locations or []):
        return None
    library = torch.library.Library("torchvision", "DEF")
    for name in _OPERATORS:
        library.define(_SCHEMA.format(name))
    return library


def _operators_exist() -> bool:
    return all(hasattr(torch.ops.torchvision, name) for name in _OPERATORS)


def _compiled_half_loads(folders: list[str]) -> bool:
    """Try what torchvision itself will try; loading the same library twice does no harm."""
    for library in (path for folder in folders for path in Path(folder).glob("_C.*")):
        try:
            torch.ops.load_library(library)
        except (OSError, RuntimeError, ImportError):
            return False
    return _operators_exist()
