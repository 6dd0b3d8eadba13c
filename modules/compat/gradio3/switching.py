"""Gradio 3 on and off: every place where Gradio itself is changed, what for, and how it is taken back."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

from gradio.blocks import BlockContext, Blocks
from gradio.component_meta import ComponentMeta
from gradio.components import Component
from gradio.events import Dependency
from gradio.layouts import Tabs

from modules.compat.gradio3.constructors import block_classes, tolerant, tolerant_blocks
from modules.compat.gradio3.events import Around, modern_listener
from modules.compat.gradio3.making import modern_making
from modules.compat.gradio3.names import missing_names
from modules.compat.gradio3.strays import without_strays
from modules.compat.gradio3.subclasses import make_subclasses_safe
from modules.compat.gradio3.wiring_view import dependencies

Change = tuple[Any, str, Any]
"""Where, which attribute, and what it is to be."""
_MISSING = object()


class Gradio3:
    """Switches the old spellings on while anybody runs in here, on whichever thread."""

    def __init__(self) -> None:
        self._inside = 0
        self._lock = threading.Lock()
        self._changes: list[Change] = []
        self._before: list[Change] = []
        self._around: Callable[[], Around] = lambda: self.__call__
        self.css: list[str] = []
        """What plugins' own pages brought as ``css=``."""

    def run_events_in(self, around: Callable[[], Around]) -> None:
        """Say what event functions run in; asked while the plugin that registers one is acting."""
        self._around = around

    @contextlib.contextmanager
    def __call__(self) -> Iterator[None]:
        """Have Gradio take Gradio 3's spellings. May be entered again inside, and on several threads."""
        self._enter()
        try:
            yield
        finally:
            self._leave()

    def _enter(self) -> None:
        with self._lock:
            self._inside += 1
            if self._inside > 1:
                return
            if not self._changes:
                make_subclasses_safe()
                self._changes = list(self._planned())
            self._before = [(where, name, vars(where).get(name, _MISSING)) for where, name, _ in self._changes]
            for where, name, what in self._changes:
                setattr(where, name, what)

    def _leave(self) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside:
                return
            for where, name, what in reversed(self._before):
                if what is _MISSING:
                    delattr(where, name)
                else:
                    setattr(where, name, what)

    def _planned(self) -> Iterator[Change]:
        """List everything that is changed. Raises: RuntimeError when Gradio has not what is to be replaced."""
        _expect(Component, BlockContext, Blocks)
        yield from missing_names()
        for kind in block_classes():
            if "__init__" in vars(kind) and kind not in (Component, BlockContext, Blocks):
                yield kind, "__init__", tolerant(kind, vars(kind)["__init__"])
            for event in vars(kind).get("EVENTS", ()):
                listener = vars(kind).get(str(event))
                if callable(listener):
                    yield kind, str(event), modern_listener(listener, self._asked)
        yield Blocks, "__init__", tolerant_blocks(vars(Blocks)["__init__"], self.css.append)
        yield Blocks, "load", modern_listener(Blocks.load, self._asked)
        yield Blocks, "dependencies", property(dependencies)
        yield Dependency, "__init__", self._chaining(vars(Dependency)["__init__"])
        yield ComponentMeta, "__call__", modern_making(type.__call__)
        yield Tabs, "__exit__", without_strays(Tabs.__exit__)

    def _asked(self) -> Around:
        return self._around()

    def _chaining(self, original: Callable[..., None]) -> Callable[..., None]:
        def __init__(dependency: Any, trigger: Any, *args: Any, **kwargs: Any) -> None:
            original(dependency, trigger, *args, **kwargs)
            for name in ("then", "success", "failure"):
                later = getattr(dependency, name)
                setattr(dependency, name, _bound(modern_listener(later.func, self._asked), trigger))

        return __init__


def _bound(listener: Callable[..., Any], trigger: Any) -> Callable[..., Any]:
    def listen(*args: Any, **kwargs: Any) -> Any:
        return listener(trigger, *args, **kwargs)

    return listen


def _expect(*kinds: type) -> None:
    for kind in kinds:
        if "__init__" not in vars(kind):
            raise RuntimeError(f"this Gradio's {kind.__name__} has no constructor of its own; "
                               "see compat/gradio3/switching.py")
    if not issubclass(ComponentMeta, type) or not callable(getattr(Blocks, "load", None)):
        raise RuntimeError("this Gradio makes components or listens to loading in another way; "
                           "see compat/gradio3/switching.py")


gradio3 = Gradio3()
"""One for the process: what it changes, Gradio's classes, is one for the process too."""
