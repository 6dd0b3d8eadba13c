"""LoRA computed beside the layer instead of in its weights: slower, and exact in 16 bits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.hooks import RemovableHandle

from modules.adapters.weight_patches import Step


def can_compute_beside(step: Step) -> bool:
    """Whether a change is a product of two matrices that the layer's input can pass through."""
    pair, module = step.change.low_rank_pair, step.layer.module
    if pair is None:
        return False
    down, _ = pair
    if isinstance(module, nn.Conv2d):
        return down.ndim == 4 and down.shape[1] == module.in_channels and tuple(down.shape[2:]) == module.kernel_size
    return isinstance(module, nn.Linear)


class BesideHooks:
    """The layers of one model that have something computed beside them."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._handles: dict[str, tuple[tuple[object, ...], RemovableHandle]] = {}

    def apply(self, plan: Mapping[str, Sequence[Step]]) -> None:
        """Let these steps, and no others, be computed."""
        for path in [path for path in self._handles if path not in plan]:
            self._handles.pop(path)[1].remove()
        for path, steps in plan.items():
            identity = tuple(step.identity for step in steps)
            known = self._handles.get(path)
            if known and known[0] == identity:
                continue
            if known:
                known[1].remove()
            hook = _Branches(steps, self._device)
            self._handles[path] = identity, steps[0].layer.module.register_forward_hook(hook)


class _Branches:
    """A forward hook that adds what the networks say of a layer's input."""

    def __init__(self, steps: Sequence[Step], device: torch.device) -> None:
        weight = steps[0].layer.numbers("weight")
        assert weight is not None
        moved = [step.change.limited_to(step.dyn).moved_to(device, weight.dtype) for step in steps]
        self._pairs = [(change.low_rank_pair, change.scale * step.multiplier) for change, step in zip(moved, steps)]

    def __call__(self, module: nn.Module, inputs: tuple[Any, ...], output: Tensor) -> Tensor:
        x: Tensor = inputs[0]
        for pair, factor in self._pairs:
            assert pair is not None
            output = output + _pass_through(module, x, *pair) * factor
        return output


def _pass_through(module: nn.Module, x: Tensor, down: Tensor, up: Tensor) -> Tensor:
    if isinstance(module, nn.Conv2d):
        narrow = module._conv_forward(x, down, None)  # with whatever lies beyond the layer's borders at the moment
        return functional.conv2d(narrow, up.reshape(*up.shape[:2], 1, 1))
    return functional.linear(functional.linear(x, down.flatten(1)), up.flatten(1))
