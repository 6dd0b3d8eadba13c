"""What plugins add to the program's lists: samplers, schedules, upscalers, axes of grids, tabs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image
from torch import Tensor

from modules.generation.request import GenerationRequest
from modules.imaging.upscaling.shelf import PROVIDED
from modules.plugins.attribution import attribute
from modules.plugins.importing import current_owner
from modules.sampling.registry import REGISTRY, SamplerSpec, SchedulerSpec
from modules.sampling.schedules import ScheduleRequest
from modules.sampling.solvers.contract import Solver


@dataclass(frozen=True)
class ProvidedAxis:
    """An axis of X/Y/Z grids. ``apply`` gives the request of a cell."""

    owner: str
    label: str
    kind: type
    apply: Callable[[GenerationRequest, Any], GenerationRequest]
    choices: Callable[[], Sequence[str]] | None = None


@dataclass(frozen=True)
class ProvidedTab:
    """A tab beside txt2img. ``build`` makes its controls, inside a Gradio column."""

    owner: str
    title: str
    tab_id: str
    build: Callable[[], None]


class ProvisionPlace:
    """Where axes and tabs of plugins are kept until they are asked for. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: list[ProvidedAxis | ProvidedTab] = []

    def keep(self, provided: ProvidedAxis | ProvidedTab) -> None:
        with self._lock:
            self._kept.append(provided)

    @property
    def axes(self) -> list[ProvidedAxis]:
        return [one for one in self._kept if isinstance(one, ProvidedAxis)]

    @property
    def tabs(self) -> list[ProvidedTab]:
        return [one for one in self._kept if isinstance(one, ProvidedTab)]

    def forget(self, owner: str) -> None:
        """Take out everything that a plugin has added, here and in the registries of samplers and upscalers."""
        with self._lock:
            self._kept = [one for one in self._kept if one.owner != owner]
        REGISTRY.forget(owner)
        PROVIDED.forget(owner)


PROVISIONS = ProvisionPlace()


def provide_sampler(label: str, solve: Solver, **facts: Any) -> None:
    """Add a sampler. ``solve`` is described in ``sampling/solvers/contract.py``, ``facts`` are ``SamplerSpec``'s."""
    owner = current_owner()
    REGISTRY.add(owner, SamplerSpec(label, attribute(owner, f"sampler {label}", solve), **facts))


def provide_schedule(name: str, label: str, make: Callable[[ScheduleRequest], Tensor], **facts: Any) -> None:
    """Add a schedule: ``make`` gives the noise levels from the largest down, ending at 0."""
    owner = current_owner()
    REGISTRY.add(owner, SchedulerSpec(name, label, attribute(owner, f"schedule {label}", make), **facts))


def provide_upscaler(name: str, enlarge: Callable[[Image.Image, float], Image.Image]) -> None:
    """Add an upscaler: ``enlarge(picture, scale)`` gives a picture about so many times larger."""
    owner = current_owner()
    PROVIDED.add(owner, name, attribute(owner, f"upscaler {name}", enlarge))


def provide_axis(label: str, apply: Callable[[GenerationRequest, Any], GenerationRequest], *, kind: type = str,
                 choices: Callable[[], Sequence[str]] | None = None) -> None:
    """Add an axis of X/Y/Z grids. A plugin's parameters have theirs already."""
    owner, provider = current_owner(), f"axis {label}"
    PROVISIONS.keep(ProvidedAxis(owner, label, kind, attribute(owner, provider, apply),
                                 attribute(owner, provider, choices) if choices else None))


def provide_tab(title: str, build: Callable[[], None], tab_id: str = "") -> None:
    """Add a tab; ``build`` makes Gradio controls."""
    PROVISIONS.keep(ProvidedTab(current_owner(), title, tab_id or title.lower().replace(" ", "_"), build))
