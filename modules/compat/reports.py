"""``modules.errors``: how extensions report what went wrong."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

log = logging.getLogger("modules.errors")


def report(message: str, *, exc_info: bool = False) -> None:
    """Write a message, with the exception being handled where that is asked for."""
    log.error("*** %s", message, exc_info=exc_info)


def display(e: BaseException, task: str, *, full_traceback: bool = False) -> None:
    """Write what went wrong in a task."""
    log.error("%s: %s: %s", task, type(e).__name__, e, exc_info=e)


def display_once(e: BaseException, task: str) -> None:
    """Write what went wrong in a task."""
    display(e, task)


def print_error_explanation(message: str) -> None:
    """Write an explanation."""
    log.error("%s", message)


def run(code: Callable[[], Any], task: str) -> None:
    """Call a function; what it lets out is written and nothing else."""
    try:
        code()
    except Exception as error:  # that is what this function is for
        display(error, task)


def check_versions() -> None:
    """Do nothing: ``--doctor`` reports on versions."""
