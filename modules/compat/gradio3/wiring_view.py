"""``Blocks.dependencies`` as Gradio 3 had it, for extensions that look for the Generate button."""

from __future__ import annotations

from typing import Any

from gradio.blocks import Blocks


def dependencies(page: Blocks) -> list[dict[str, Any]]:
    """Return what is wired on a page; the place in the list is the number of the function."""
    wired: list[dict[str, Any]] = [_empty() for _ in range(max(page.fns, default=-1) + 1)]
    for number, function in page.fns.items():
        targets = [target for target, _ in function.targets]
        wired[number] = {
            "trigger": next((event for _, event in function.targets), None), "targets": targets,
            "inputs": [block._id for block in function.inputs], "outputs": [block._id for block in function.outputs],
            "js": function.js, "backend_fn": function.fn is not None, "api_name": function.api_name,
            "queue": function.queue, "cancels": list(function.cancels or ()), "trigger_after": function.trigger_after,
        }
    return wired


def _empty() -> dict[str, Any]:
    return {"trigger": None, "targets": [], "inputs": [], "outputs": [], "js": None, "backend_fn": False,
            "api_name": None, "queue": None, "cancels": [], "trigger_after": None}
