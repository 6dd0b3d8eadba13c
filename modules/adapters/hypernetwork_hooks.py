"""Hypernetworks at work: what attention reads, changed on its way to keys and values.

Hooks before ``to_k`` and ``to_v`` see exactly that: the encoded text in cross-attention, the layer's own
input in self-attention, whichever attention code is in use.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from modules.adapters.hypernetworks.structure import Hypernetwork

_KEYS, _VALUES = ".to_k", ".to_v"


@dataclass(frozen=True)
class ActiveHypernetwork:
    """A hypernetwork where the U-Net computes, and how strongly it acts."""

    network: Hypernetwork
    strength: float


class HypernetworkHooks:
    """The hooks on one U-Net."""

    def __init__(self, unet: nn.Module) -> None:
        self._unet = unet
        self._handles: list[RemovableHandle] = []

    @cached_property
    def widths(self) -> frozenset[int]:
        """The widths of what keys and values are made from."""
        return frozenset(module.in_features for module, _ in _projections(self._unet))

    def apply(self, active: Sequence[ActiveHypernetwork]) -> None:
        """Let these, and no others, act, one after another."""
        while self._handles:
            self._handles.pop().remove()
        for module, which in _projections(self._unet) if active else ():
            self._handles.append(module.register_forward_pre_hook(_Passage(active, which)))


class _Passage:
    """A forward pre-hook that sends a projection's input through the networks of its width."""

    def __init__(self, active: Sequence[ActiveHypernetwork], which: int) -> None:
        self._active = active
        self._which = which

    def __call__(self, module: nn.Module, inputs: tuple[Any, ...]) -> tuple[Tensor]:
        context: Tensor = inputs[0]
        for one in self._active:
            pair = one.network.networks.get(context.shape[-1])
            if pair is not None:
                context = context + pair[self._which](context) * one.strength
        return (context,)


def move_hypernetwork(network: Hypernetwork, device: torch.device, dtype: torch.dtype) -> Hypernetwork:
    """Bring a hypernetwork to where the U-Net computes."""
    return Hypernetwork(network.name, {width: (keys.to(device, dtype), values.to(device, dtype))
                                       for width, (keys, values) in network.networks.items()})


def _projections(unet: nn.Module) -> Iterator[tuple[nn.Linear, int]]:
    for path, module in unet.named_modules():
        if path.endswith((_KEYS, _VALUES)) and isinstance(module, nn.Linear):
            yield module, 0 if path.endswith(_KEYS) else 1
