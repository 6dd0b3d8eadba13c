"""What plugins provide is called from deep within the program: where it fails, the error says whose it is."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from modules.foundation.errors import PluginError, WebUIError
from modules.hardware.memory import is_out_of_memory
from modules.plugins.call_log import current_call_log
from modules.sampling.guidance import Interrupted

P = ParamSpec("P")
R = TypeVar("R")


def attribute(owner: str, provider: str, function: Callable[P, R]) -> Callable[P, R]:
    """Wrap what a plugin provides: its failures are noted in the log of calls, and raised as PluginError.

    ``provider`` is what a person calls it, "sampler Halfway". What the program itself raises through a plugin's code
    (somebody stopped the run, the memory is full, a value is refused) stays as it is.
    """
    calls = current_call_log()

    @functools.wraps(function)  # a sampler's options are read from its signature
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except (WebUIError, Interrupted):
            raise
        except (Exception, SystemExit) as error:
            if is_out_of_memory(error):
                raise
            told = calls.note_failure(owner, provider, error).told().rstrip(".")
            raise PluginError(f"{told}.", remedy="Choose another, or switch the plugin off; the log has the whole "
                                                 "trace.") from error

    return call
