"""What is not visible stays in the page, as it did with Gradio 3, where scripts look for it.

Gradio 6 leaves invisible components out of the page, and has ``visible="hidden"`` for those that stay. That is of no
use for layouts: rows and columns ignore it at first, and showing one later shows everything in it, also what is
hidden for itself. So layouts are hidden by a class.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr
from gradio.blocks import Block, BlockContext, Blocks

NOT_SHOWN = "not-shown"
"""The class that ``assets/plugins.css`` hides."""


def hidden_by_class(kind: type[Block]) -> bool:
    """Say whether a class of components is hidden in this way; tabs are left out by their strip instead."""
    return issubclass(kind, BlockContext) and not issubclass(kind, (gr.Tab, Blocks))


def hide(kind: type[Block], values: dict[str, Any]) -> None:
    """Change the arguments of a component that is not to be visible."""
    if hidden_by_class(kind):
        del values["visible"]
        values["elem_classes"] = [*listed(values.get("elem_classes")), NOT_SHOWN]
    elif not issubclass(kind, gr.Tab):
        values["visible"] = "hidden"


def modern_answer(answer: Any, outputs: Sequence[Any]) -> Any:
    """Return what an event function gave back, for one output, several, or by component, with that in mind."""
    if isinstance(answer, dict) and answer and all(isinstance(key, Block) for key in answer):
        return {block: _modern_update(one, block) for block, one in answer.items()}
    if len(outputs) == 1 and not (isinstance(answer, (list, tuple)) and len(answer) == 1):
        return _modern_update(answer, outputs[0])
    if type(answer) in (list, tuple) and len(answer) == len(outputs):
        return type(answer)(_modern_update(one, block) for one, block in zip(answer, outputs))
    return answer


def classes_when(block: Block, *, shown: bool) -> list[str]:
    """Return the classes of a layout that is shown, or not."""
    others = [name for name in block.elem_classes if name != NOT_SHOWN]
    return others if shown else [*others, NOT_SHOWN]


def listed(classes: Any) -> list[str]:
    return [classes] if isinstance(classes, str) else list(classes or ())


def _modern_update(change: Any, block: Block) -> Any:
    if isinstance(change, BlockContext):  # a layout that an event function makes says what of another one changes
        change = {**change.constructor_args, "__type__": "update"}
    if not (isinstance(change, dict) and change.get("__type__") == "update" and "visible" in change):
        return change
    shown = change["visible"] not in (False, None, "hidden")
    if not hidden_by_class(type(block)):
        return {**change, "visible": True if shown else "hidden"} if not isinstance(block, gr.Tab) else change
    others = {name: value for name, value in change.items() if name != "visible"}
    return {**others, "elem_classes": classes_when(block, shown=shown)}
