"""``modules.call_queue``: one at a time for whatever uses the model."""

from __future__ import annotations

import functools
import html
import time
from collections.abc import Callable
from typing import Any

from modules.compat.facade import facade
from modules.compat.host import HOST
from modules.foundation.errors import WebUIError


class QueueLock:
    """Held by whoever uses the model. The worker holds it while a job runs, and may take it again."""

    def __init__(self) -> None:
        self._held: list[Any] = []

    def __enter__(self) -> QueueLock:
        turn = HOST.require().turn
        turn.__enter__()
        self._held.append(turn)
        return self

    def __exit__(self, *failure: Any) -> None:
        self._held.pop().__exit__(*failure)

    def acquire(self) -> bool:
        """Wait for the turn."""
        self.__enter__()
        return True

    def release(self) -> None:
        """Give it on."""
        self.__exit__(None, None, None)


queue_lock = QueueLock()


def wrap_queued_call(func: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that waits for its turn."""
    @functools.wraps(func)
    def wait_and_call(*args: Any, **kwargs: Any) -> Any:
        with queue_lock:
            return func(*args, **kwargs)

    return wait_and_call


def wrap_gradio_gpu_call(func: Callable[..., Any], extra_outputs: list[Any] | None = None) -> Callable[..., Any]:
    """Return a function for an event of the page that waits for its turn and counts as work meanwhile.

    Its first argument may be a task's id, ``task(…)``, as A1111's scripts of the page send it.
    """
    @functools.wraps(func)
    def run(*args: Any, **kwargs: Any) -> Any:
        state = facade("shared").state
        task = args[0] if args and isinstance(args[0], str) and args[0].startswith("task(") else "(unknown)"
        with queue_lock:
            state.begin(job=task)
            try:
                return func(*args, **kwargs)
            finally:
                state.end()

    return wrap_gradio_call(run, extra_outputs=extra_outputs, add_stats=True)


def wrap_gradio_call(func: Callable[..., Any], extra_outputs: list[Any] | None = None, add_stats: bool = False
                     ) -> Callable[..., Any]:
    """Return a function for an event of the page: what it lets out is shown in its last output, which is HTML."""
    @functools.wraps(func)
    def run(*args: Any, **kwargs: Any) -> Any:
        begun = time.perf_counter()
        try:
            result = list(func(*args, **kwargs))
        except Exception as error:  # the page must hear of it
            facade("errors").report(f"Error completing request: {func.__name__}", exc_info=True)
            told = str(error) if isinstance(error, WebUIError) else f"{type(error).__name__}: {error}"
            return (*(extra_outputs or [None, ""]), f'<div class="error">{html.escape(told)}</div>')
        if add_stats and result and isinstance(result[-1], str):
            took = time.perf_counter() - begun
            result[-1] += f'<div class="performance"><p class="time">Time taken: {took:.1f} sec.</p></div>'
        return tuple(result)

    return run


def wrap_gradio_call_no_job(func: Callable[..., Any], extra_outputs: list[Any] | None = None, add_stats: bool = False
                            ) -> Callable[..., Any]:
    """Do as ``wrap_gradio_call``."""
    return wrap_gradio_call(func, extra_outputs, add_stats)
