"""The façade as extensions left it: looked up at every call, because they replace its functions."""

from __future__ import annotations

import importlib
from typing import Any


def facade(name: str) -> Any:
    """Return the module ``modules.<name>`` that extensions import, with whatever they have put into it."""
    return importlib.import_module(f"modules.{name}")
