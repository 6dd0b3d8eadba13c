"""Components that plugins derive from Gradio's: Gradio must neither write files beside them nor lose their settings.

Both stay in force once a plugin was loaded, because Gradio asks for settings whenever the page is described.
"""

from __future__ import annotations

from typing import Any

import gradio.component_meta
from gradio.blocks import Block

_ORIGINAL_CONFIG = Block.get_config


def get_config(self: Block, cls: type[Block] | None = None) -> dict[str, Any]:
    """Describe a component by what its class in Gradio takes; a plugin's own ``__init__`` takes ``**kwargs``."""
    return _ORIGINAL_CONFIG(self, cls or next(
        (kind for kind in type(self).__mro__ if kind.__module__.startswith("gradio.") and "__init__" in vars(kind)),
        type(self)))


def write_no_stub(*_: Any, **__: Any) -> None:
    """Leave a plugin's folder as it is: Gradio would write a ``.pyi`` beside every file with a component class."""


def make_subclasses_safe() -> None:
    """Set both. Raises: RuntimeError when Gradio has changed."""
    if not callable(getattr(gradio.component_meta, "create_or_modify_pyi", None)):
        raise RuntimeError("this Gradio writes its stub files elsewhere; see compat/gradio3/subclasses.py")
    gradio.component_meta.create_or_modify_pyi = write_no_stub
    Block.get_config = get_config  # type: ignore[method-assign]
