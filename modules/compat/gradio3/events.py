"""Event listeners that take Gradio 3's arguments, and run a plugin's functions as a plugin's."""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import gradio as gr
from gradio.components import Component

from modules.compat.gradio3.visibility import modern_answer

POSITIONAL = ("fn", "inputs", "outputs", "api_name", "scroll_to_output", "show_progress", "queue", "batch",
              "max_batch_size", "preprocess", "postprocess", "cancels", "every", "_js")
"""The order of the arguments in Gradio 3.41."""
Around = Callable[[], contextlib.AbstractContextManager[None]]
"""What a plugin's function runs in."""


def modern_listener(original: Callable[..., Any], around: Callable[[], Around]) -> Callable[..., Any]:
    """Return an event method such as ``click`` that takes Gradio 3's arguments.

    ``around`` is asked when an event is registered, so that the function later runs in the name of its plugin.
    """

    @functools.wraps(original)
    def listen(block: Any, *args: Any, **kwargs: Any) -> Any:
        values = dict(zip(POSITIONAL, args)) | kwargs
        every = values.pop("every", None)
        values = _modern(values, around())
        if every and values.get("fn"):
            gr.Timer(every).tick(values["fn"], values.get("inputs"), values.get("outputs"), api_visibility="private",
                                 show_progress="hidden")
        return original(block, **values)

    return listen


def run_as_plugin(function: Callable[..., Any], around: Around, outputs: Sequence[Any]) -> Callable[..., Any]:
    """Return ``function``, which from then on runs inside ``around`` and may answer as with Gradio 3."""
    if inspect.isasyncgenfunction(function):
        return _async_generator(function, around, outputs)
    if inspect.iscoroutinefunction(function):
        return _coroutine(function, around, outputs)
    if inspect.isgeneratorfunction(function):
        return _generator(function, around, outputs)

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        with around():
            return modern_answer(function(*args, **kwargs), outputs)

    return run


def _modern(values: dict[str, Any], around: Around) -> dict[str, Any]:
    values = dict(values)
    values.pop("status_tracker", None)
    script = values.pop("_js", None)
    if script is not None:
        values.setdefault("js", script)
    if values.get("queue", True) is None:
        del values["queue"]
    if not isinstance(values.get("api_name"), str):
        values.pop("api_name", None)
        values.setdefault("api_visibility", "private")
    if values.get("show_progress") is None:
        values.pop("show_progress", None)
    function = values.get("fn", "decorator")
    if function == "decorator":
        if "inputs" in values or "outputs" in values or "js" in values:
            values["fn"] = None
    elif callable(function):
        values["fn"] = run_as_plugin(function, around, _listed(values.get("outputs")))
    if values.get("fn", "decorator") is None and values.get("js"):
        values["inputs"] = _with_outputs(_listed(values.get("inputs")), _listed(values.get("outputs")))
    return values


def _with_outputs(inputs: list[Any], outputs: list[Any]) -> list[Any]:
    """Gradio 3 gave scripts of the page the values of the outputs as well, after those of the inputs."""
    if not all(isinstance(one, Component) for one in (*inputs, *outputs)):
        return inputs
    return [*inputs, *outputs]


def _listed(components: Any) -> list[Any]:
    if components is None:
        return []
    if isinstance(components, set):
        return sorted(components, key=lambda one: one._id)
    return list(components) if isinstance(components, (list, tuple)) else [components]


def _coroutine(function: Callable[..., Any], around: Around, outputs: Sequence[Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    async def run(*args: Any, **kwargs: Any) -> Any:
        with around():
            return modern_answer(await function(*args, **kwargs), outputs)

    return run


def _generator(function: Callable[..., Any], around: Around, outputs: Sequence[Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Iterator[Any]:
        answers = function(*args, **kwargs)
        while True:
            with around():  # not across a yield: the next answer may be asked for on another thread
                try:
                    answer = modern_answer(next(answers), outputs)
                except StopIteration:
                    return
            yield answer

    return run


def _async_generator(function: Callable[..., Any], around: Around, outputs: Sequence[Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    async def run(*args: Any, **kwargs: Any) -> Any:
        answers = function(*args, **kwargs)
        while True:
            with around():
                try:
                    answer = modern_answer(await anext(answers), outputs)
                except StopAsyncIteration:
                    return
            yield answer

    return run
