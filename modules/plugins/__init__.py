"""Plugins: folders under ``extensions`` and files under ``scripts``; what they are, in which order, and what they cost.

Authors of native plugins import everything from here: ``from modules.plugins import Plugin, number``.

Must not know: A1111's names (those are ``compat``), Gradio, HTTP.
Read first: ``discovery.py``, ``native.py``, ``call_log.py``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modules.plugins.native import Plugin, choice, number, text, toggle, whole
    from modules.plugins.provisions import (
        provide_axis,
        provide_sampler,
        provide_schedule,
        provide_tab,
        provide_upscaler,
    )

__all__ = ["Plugin", "choice", "number", "provide_axis", "provide_sampler", "provide_schedule", "provide_tab",
           "provide_upscaler", "text", "toggle", "whole"]


def __getattr__(name: str) -> Any:
    """Import what authors ask for when they ask: launch flags are read here too, long before torch is there."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    place = "provisions" if name.startswith("provide_") else "native"
    return getattr(importlib.import_module(f"{__name__}.{place}"), name)
