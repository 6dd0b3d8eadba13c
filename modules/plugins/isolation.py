"""A native plugin in a run: what it lets out is written down, and the run goes on without that hook's doing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from modules.generation.hooks import GenerationHooks
from modules.plugins.call_log import CallLog
from modules.plugins.importing import acting_for
from modules.plugins.native import GENERATION_HOOKS, SAMPLING_HOOKS, Plugin
from modules.sampling.hooks import SamplingHooks

Hook = Callable[..., Any]


def isolate(plugin: Plugin, owner: str, calls: CallLog) -> GenerationHooks:
    """Return the hooks that a plugin's object overrides, each called through the log of calls.

    A hook that fails, or that forgets to return what it should, leaves things as they were.
    """
    active = plugin.overridden()
    wrapped = {name: _isolated(plugin, name, owner, calls) for name in active}
    inner = {name: hook for name, hook in wrapped.items() if name in SAMPLING_HOOKS}
    outer: dict[str, Any] = {name: hook for name, hook in wrapped.items() if name in GENERATION_HOOKS}
    if inner:
        sampling = type("IsolatedSampling", (SamplingHooks,), inner)()
        outer["sampling"] = property(lambda self: sampling)
    # methods of a class, because whoever joins hooks looks at classes for what is overridden
    hooks: GenerationHooks = type("IsolatedHooks", (GenerationHooks,), outer)()
    return hooks


def _isolated(plugin: Plugin, name: str, owner: str, calls: CallLog) -> Hook:
    """Wrap one hook."""
    bound: Hook = getattr(plugin, name)
    fallback: Hook = getattr(super(Plugin, plugin), name, lambda value: value)

    def call(self: Any, *args: Any) -> Any:
        with acting_for(owner):
            result = calls.call(owner, f"{plugin.title}: {name}", bound, *args)
        return fallback(*args) if result is None else result

    return call
