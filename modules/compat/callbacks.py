"""What plugins want to be told: callbacks by kind. Reference: A1111 v1.10.1 ``modules.script_callbacks``."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from modules.compat.host import HOST
from modules.plugins.importing import current_owner

KINDS = (
    "app_started", "before_reload", "model_loaded", "ui_tabs", "ui_train_tabs", "ui_settings", "before_image_saved",
    "image_saved", "extra_noise", "cfg_denoiser", "cfg_denoised", "cfg_after_cfg", "before_component",
    "after_component", "image_grid", "infotext_pasted", "script_unloaded", "before_ui", "list_optimizers",
    "list_unets", "before_token_counter")
REVERSED = ("script_unloaded", "before_ui")
"""Kinds that are called last first."""

_NOTING: ContextVar[tuple[str, str]] = ContextVar("plugin_file", default=("", ""))


@dataclass(eq=False)
class ScriptCallback:
    """A function that a script left. ``script``: its file."""

    script: str
    callback: Callable[..., Any]
    name: str = "unnamed"
    plugin: str = ""


callback_map: dict[str, list[ScriptCallback]] = {f"callbacks_{kind}": [] for kind in KINDS}
"""By kind; extensions look through it."""


@contextlib.contextmanager
def noting_callbacks(plugin: str, file: str) -> Iterator[None]:
    """Say whose callbacks those are that are added meanwhile."""
    token = _NOTING.set((plugin, file))
    try:
        yield
    finally:
        _NOTING.reset(token)


def add_callback(kind: str, callback: Callable[..., Any], name: str | None = None) -> None:
    """Note a function; the caller's file says whose it is."""
    plugin, file = _NOTING.get()
    if not file:
        file = _file_of_caller()
        plugin = current_owner() or Path(file).name
    full = "/".join(filter(None, (plugin.lower(), Path(file).name, kind, name)))
    known = callback_map[f"callbacks_{kind}"]
    known.append(ScriptCallback(file, callback, full, plugin))
    if HOST.attached:
        _order(kind, known)


def _order(kind: str, known: list[ScriptCallback]) -> None:
    host = HOST.require()
    first = host.settings.foreign.get(f"prioritized_callbacks_{kind}") or ()
    names = [one.name for one in known]
    place = {name: number for number, name in enumerate(host.discovery.order_callbacks(names, first))}
    known.sort(key=lambda one: place[one.name])


def listening(kind: str) -> list[ScriptCallback]:
    """Return the callbacks of a kind in the order they are called; a copy, as callbacks add and remove others."""
    known = callback_map[f"callbacks_{kind}"]
    return list(reversed(known)) if kind in REVERSED else list(known)


def call_back(kind: str, *args: Any, **kwargs: Any) -> list[Any]:
    """Call every callback of a kind, and return what those returned that did not fail."""
    calls = HOST.require().calls
    return [calls.call(one.plugin, f"on_{kind}", one.callback, *args, **kwargs) for one in listening(kind)]


def forget_callbacks(plugin: str | None = None) -> None:
    """Forget the callbacks of a plugin, or all."""
    for known in callback_map.values():
        known[:] = [one for one in known if plugin is not None and one.plugin != plugin]


def remove_callbacks_for_function(callback_func: Callable[..., Any]) -> None:
    """Forget a function wherever it was noted."""
    for known in callback_map.values():
        known[:] = [one for one in known if one.callback != callback_func]


def remove_current_script_callbacks() -> None:
    """Forget the callbacks of the file that calls this."""
    file = _file_of_caller()
    for known in callback_map.values():
        known[:] = [one for one in known if one.script != file]


def _file_of_caller() -> str:
    """Return the file of whoever called the façade."""
    facade_folder = Path(__file__).parents[1]
    frame = sys._getframe(1)
    while frame.f_back is not None and Path(frame.f_code.co_filename).is_relative_to(facade_folder):
        frame = frame.f_back
    return frame.f_code.co_filename


class UiTrainTabParams(NamedTuple):
    """What the Train tab hands to plugins."""

    txt2img_preview_params: Any


@dataclass
class ImageSaveParams:
    """A file about to be written, or just written. Before, ``image``, ``filename`` and ``pnginfo`` may be changed."""

    image: Any
    p: Any
    filename: str
    pnginfo: dict[str, Any]


@dataclass
class ExtraNoiseParams:
    """Noise that is added to a picture; ``noise`` may be replaced."""

    noise: Any
    x: Any
    xi: Any


@dataclass
class CFGDenoiserParams:
    """A call of the model; all tensors may be replaced."""

    x: Any
    image_cond: Any
    sigma: Any
    sampling_step: int
    total_sampling_steps: int
    text_cond: Any
    text_uncond: Any
    denoiser: Any = None


@dataclass
class CFGDenoisedParams:
    """What the model answered; ``x`` may be changed in place."""

    x: Any
    sampling_step: int
    total_sampling_steps: int
    inner_model: Any


@dataclass
class AfterCFGCallbackParams:
    """The guided prediction; ``x`` may be replaced."""

    x: Any
    sampling_step: int
    total_sampling_steps: int


@dataclass
class BeforeTokenCounterParams:
    """A prompt whose tokens are counted; all may be changed."""

    prompt: str
    steps: int
    styles: list[str]
    is_positive: bool = True


class ImageGridLoopParams:
    """The pictures of a grid; all may be changed."""

    def __init__(self, imgs: list[Any], cols: int, rows: int) -> None:
        self.imgs, self.cols, self.rows = imgs, cols, rows
