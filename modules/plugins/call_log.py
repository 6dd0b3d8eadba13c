"""Every call into a plugin: isolated, timed, and remembered where it failed."""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

logger = logging.getLogger(__name__)

_CURRENT: ContextVar[CallLog | None] = ContextVar("call_log", default=None)
P = ParamSpec("P")
R = TypeVar("R")
MOST_FAILURES = 20
"""As many different ones are remembered of each plugin; the newest ones."""


@dataclass(frozen=True)
class PluginFailure:
    """An exception that a plugin let out."""

    plugin: str
    hook: str
    error: str
    trace: str
    time_s: float

    def told(self) -> str:
        """Return the comment that a person reads on the result."""
        return f"The plugin {self.plugin} failed in {self.hook}: {self.error}"


@dataclass
class HookCost:
    """What the calls of one hook of one plugin have cost so far."""

    calls: int = 0
    seconds: float = 0.0


@dataclass
class _Account:
    costs: dict[str, HookCost] = field(default_factory=dict)
    failures: list[PluginFailure] = field(default_factory=list)

    def remember(self, failure: PluginFailure) -> bool:
        """Keep a failure in place of one that was the same, and return whether there was one."""
        others = [known for known in self.failures if (known.hook, known.error) != (failure.hook, failure.error)]
        again = len(others) < len(self.failures)
        self.failures = [*others, failure][-MOST_FAILURES:]
        return again


def current_call_log() -> CallLog:
    """Return the log through which the code of a plugin that is running was called; a new one outside of such."""
    return _CURRENT.get() or CallLog()


class CallLog:
    """Calls plugins. Safe to use from any thread."""

    def __init__(self) -> None:
        self._accounts: dict[str, _Account] = {}
        self._lock = threading.Lock()
        self._listeners: list[Callable[[PluginFailure], None]] = []

    def call(self, plugin: str, hook: str, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R | None:
        """Call a plugin; whatever it lets out, ``sys.exit`` included, is logged and told, and None is returned."""
        started = time.perf_counter()
        token = _CURRENT.set(self)
        try:
            return function(*args, **kwargs)
        except (Exception, SystemExit) as error:
            self.note_failure(plugin, hook, error)
            return None
        finally:
            _CURRENT.reset(token)
            self._note_cost(plugin, hook, time.perf_counter() - started)

    def note_failure(self, plugin: str, hook: str, error: BaseException) -> PluginFailure:
        """Write a failure down and tell whoever listens."""
        text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        failure = PluginFailure(plugin, hook, f"{type(error).__name__}: {error}"[:500], text, time.time())
        with self._lock:
            again = self._accounts.setdefault(plugin, _Account()).remember(failure)
            listeners = list(self._listeners)
        if not again:  # a hook of every control on the page fails a thousand times over
            logger.error("*** Plugin %s failed in %s\n%s", plugin, hook, text)
        for listener in listeners:
            listener(failure)
        return failure

    def listen(self, listener: Callable[[PluginFailure], None]) -> Callable[[], None]:
        """Tell ``listener`` of failures from now on; return what ends that."""
        with self._lock:
            self._listeners.append(listener)

        def stop() -> None:
            with self._lock:
                self._listeners.remove(listener)

        return stop

    def failures(self, plugin: str) -> list[PluginFailure]:
        """Return what went wrong in a plugin, oldest first."""
        with self._lock:
            return list(self._accounts[plugin].failures) if plugin in self._accounts else []

    def costs(self, plugin: str) -> dict[str, HookCost]:
        """Return calls and seconds by hook."""
        with self._lock:
            account = self._accounts.get(plugin)
            return {} if account is None else {hook: HookCost(cost.calls, cost.seconds)
                                               for hook, cost in account.costs.items()}

    def forget(self, plugin: str) -> None:
        """Begin anew with a plugin, after it was reloaded."""
        with self._lock:
            self._accounts.pop(plugin, None)

    def _note_cost(self, plugin: str, hook: str, seconds: float) -> None:
        with self._lock:
            cost = self._accounts.setdefault(plugin, _Account()).costs.setdefault(hook, HookCost())
            cost.calls += 1
            cost.seconds += seconds
