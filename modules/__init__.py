"""The web UI's code.

Folders are our own packages, in layers (docs/architecture.md draws them); bare ``.py`` files beside
this one are the surface that A1111 extensions import.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType


def __getattr__(name: str) -> ModuleType:
    """Import a file of the surface that an extension reaches as ``modules.<name>`` without importing it itself."""
    if not (Path(__file__).parent / f"{name}.py").is_file():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return importlib.import_module(f"{__name__}.{name}")
