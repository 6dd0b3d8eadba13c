"""Telling plugins of every component of the page as it is made.

The only places of Gradio that are replaced for this are ``Component.__init__`` and ``BlockContext.__init__``, and only
while the page is being built.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any

from gradio.blocks import Block, BlockContext
from gradio.components import Component

from modules.compat.callbacks import listening
from modules.compat.facade import facade
from modules.compat.host import HOST
from modules.compat.page.gradio_context import kept_place
from modules.compat.scripts.script import OnComponent, Script
from modules.compat.surroundings import plugin_code

Init = Callable[..., None]


@contextlib.contextmanager
def telling_of_components() -> Iterator[None]:
    """Tell plugins of every component made inside. Raises: RuntimeError when Gradio has changed."""
    kinds: tuple[Any, ...] = (Component, BlockContext)
    if any("__init__" not in vars(kind) for kind in kinds):
        raise RuntimeError("this Gradio makes components in another way; see compat/page/component_hooks.py")
    originals = [vars(kind)["__init__"] for kind in kinds]
    for kind, original in zip(kinds, originals):
        kind.__init__ = _telling(original)
    try:
        yield
    finally:
        for kind, original in zip(kinds, originals):
            kind.__init__ = original


def _telling(original: Init) -> Init:
    names = list(inspect.signature(original).parameters)[1:]

    @functools.wraps(original)
    def __init__(self: Block, *args: Any, **kwargs: Any) -> None:
        said = {**dict(zip(names, args)), **kwargs}
        _tell("before", self, said)
        original(self, *args, **kwargs)
        self.elem_classes = [f"gradio-{self.get_block_name()}", *self.elem_classes]
        _tell("after", self, said)

    return __init__


def _tell(when: str, component: Block, said: dict[str, Any]) -> None:
    kind = f"{when}_component"
    for one in listening(kind):
        _call(one.plugin, f"on_{kind}", one.callback, component, **said)
    runner = facade("scripts").scripts_current
    for script in runner.scripts if runner else ():
        if _overrides(script, kind):
            _call(script.plugin, kind, getattr(script, kind), component, **said)
        for elem_id, listener in getattr(script, f"on_{kind}_elem_id") or ():
            if elem_id and elem_id == said.get("elem_id"):
                _call(script.plugin, f"on_{kind}", listener, OnComponent(component))


def _overrides(script: Script, hook: str) -> bool:
    return getattr(type(script), hook, None) is not getattr(Script, hook)


def _call(plugin: str, hook: str, function: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    with kept_place(), plugin_code(plugin):
        HOST.require().calls.call(plugin, hook, function, *args, **kwargs)
