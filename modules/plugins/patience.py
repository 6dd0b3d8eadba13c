"""Running code that may never come back: on a thread of its own, for so long and no longer."""

from __future__ import annotations

import contextvars
import ctypes
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from modules.foundation.errors import WebUIError

T = TypeVar("T")


class TooSlowError(WebUIError):
    """A plugin took longer than it may."""


class _Stopped(BaseException):
    """Raised inside code that took too long, so that an endless loop ends."""


def call_within(timeout_s: float, what: str, function: Callable[..., T], *args: Any) -> T:
    """Call a function and return what it returns; what it raises is raised here, ``SystemExit`` included.

    A thread that hangs in a system call stays behind; one that loops in Python is ended.
    Raises: TooSlowError.
    """
    outcome: list[tuple[bool, Any]] = []
    context = contextvars.copy_context()

    def work() -> None:
        try:
            outcome.append((True, context.run(function, *args)))
        except _Stopped:
            pass
        except BaseException as error:  # handed to the caller, whatever it is
            outcome.append((False, error))

    thread = threading.Thread(target=work, name=f"plugin: {what}", daemon=True)
    thread.start()
    thread.join(timeout_s)
    if not outcome:
        _end(thread)
        raise TooSlowError(f"{what} took longer than {timeout_s:g} seconds.",
                           remedy="Switch it off in the Extensions tab, or allow more time in Settings > Extensions.")
    whole, value = outcome[0]
    if not whole:
        raise value
    return value


def _end(thread: threading.Thread) -> None:
    if thread.ident is not None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(_Stopped))
