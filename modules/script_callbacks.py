"""What extensions import as ``modules.script_callbacks``.

``on_<kind>(callback, *, name=None)`` for every kind of ``KINDS``; the parameter classes; ``<kind>_callback(…)``, by
which a host calls them; ``remove_current_script_callbacks``, ``remove_callbacks_for_function``, ``callback_map``,
``ScriptCallback``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from modules.compat.callbacks import (
    KINDS,
    AfterCFGCallbackParams,
    BeforeTokenCounterParams,
    CFGDenoisedParams,
    CFGDenoiserParams,
    ExtraNoiseParams,
    ImageGridLoopParams,
    ImageSaveParams,
    ScriptCallback,
    UiTrainTabParams,
    add_callback,
    call_back,
    callback_map,
    remove_callbacks_for_function,
    remove_current_script_callbacks,
)

__all__ = [
    "KINDS",
    "AfterCFGCallbackParams",
    "BeforeTokenCounterParams",
    "CFGDenoisedParams",
    "CFGDenoiserParams",
    "ExtraNoiseParams",
    "ImageGridLoopParams",
    "ImageSaveParams",
    "ScriptCallback",
    "UiTrainTabParams",
    "add_callback",
    "callback_map",
    "remove_callbacks_for_function",
    "remove_current_script_callbacks",
]


def _registrar(kind: str) -> Callable[..., None]:
    def register(callback: Callable[..., Any], *, name: str | None = None) -> None:
        add_callback(kind, callback, name)

    register.__name__ = register.__qualname__ = f"on_{kind}"
    register.__doc__ = f"Call ``callback`` at every {kind.replace('_', ' ')}."
    return register


def _caller(kind: str) -> Callable[..., list[Any]]:
    def tell(*args: Any, **kwargs: Any) -> list[Any]:
        return call_back(kind, *args, **kwargs)

    tell.__name__ = tell.__qualname__ = f"{kind}_callback"
    tell.__doc__ = f"Call what was registered with ``on_{kind}``."
    return tell


for _kind in KINDS:
    vars()[f"on_{_kind}"] = _registrar(_kind)
    vars()[f"{_kind}_callback"] = _caller(_kind)
