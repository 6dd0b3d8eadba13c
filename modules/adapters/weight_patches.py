"""Changing the weights of layers in place, and putting the original numbers back.

The originals lie in main memory, as copies, for as long as a layer is changed; each new set of changes starts
from them, so that nothing drifts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from modules.adapters.delta_cache import DeltaCache, DeltaKey
from modules.adapters.file_stamp import Stamp
from modules.adapters.lora.change import LayerChange
from modules.adapters.model import Layer

_HOME = torch.device("cpu")


@dataclass(frozen=True)
class Step:
    """One network's change of one layer, as a prompt asks for it."""

    file: Stamp
    layer: Layer
    change: LayerChange
    multiplier: float
    dyn: int | None

    @property
    def identity(self) -> tuple[Stamp, float, int | None]:
        """What two steps on a layer have in common when they do the same."""
        return self.file, self.multiplier, self.dyn


class WeightPatches:
    """The changed layers of one model. ``device`` is where changes are computed."""

    def __init__(self, device: torch.device, cache: DeltaCache) -> None:
        self._device = device
        self._cache = cache
        self._originals: dict[tuple[str, str], tuple[Layer, Tensor]] = {}
        self._applied: dict[str, tuple[object, ...]] = {}

    def apply(self, plan: Mapping[str, Sequence[Step]]) -> None:
        """Make the layers what the plan says, touching only those for which it changed; all others are original.

        When anything goes wrong in between, every layer is put back.
        """
        try:
            for path in [path for path in self._applied if path not in plan]:
                self._restore(path)
            for path, steps in plan.items():
                identity = tuple(step.identity for step in steps)
                if self._applied.get(path) != identity:
                    self._change(path, steps)
                    self._applied[path] = identity
        except BaseException:
            self.restore_all()
            raise

    def restore_all(self) -> None:
        """Put every original back."""
        for path in {path for path, _ in self._originals}:
            self._restore(path)

    def _restore(self, path: str) -> None:
        for name in ("weight", "bias"):
            layer, original = self._originals.get((path, name), (None, None))
            if layer is not None and original is not None:
                _require(layer.numbers(name)).copy_(original)
                del self._originals[path, name]  # only now: until it is back, it must not be lost
        self._applied.pop(path, None)

    def _change(self, path: str, steps: Sequence[Step]) -> None:
        layer = steps[0].layer
        target = _require(layer.numbers("weight"))
        weight = self._original(layer, "weight").to(self._device)
        for index, step in enumerate(steps):
            delta = self._delta(step, weight, first=index == 0)
            weight = _add(weight, delta, step.multiplier, target)
        if weight is not target:
            target.copy_(weight)
        self._change_bias(layer, steps)

    def _change_bias(self, layer: Layer, steps: Sequence[Step]) -> None:
        key = (layer.path, "bias")
        changes = [step for step in steps if step.change.bias_change() is not None]
        if not changes and key not in self._originals:
            return
        target = _require(layer.numbers("bias"))
        bias = self._original(layer, "bias").to(self._device)
        for step in changes:
            delta = _require(step.change.bias_change()).to(self._device, step.change.work_dtype(target.dtype))
            bias = _add(bias, delta.reshape(bias.shape), step.multiplier, target)
        if bias is not target:
            target.copy_(bias)

    def _delta(self, step: Step, weight: Tensor, *, first: bool) -> Tensor:
        """Compute a change, or find it; what depends on earlier changes is not kept."""
        dtype = step.change.work_dtype(weight.dtype)

        def compute() -> Tensor:
            change = step.change.limited_to(step.dyn).moved_to(self._device, dtype)
            return change.weight_change(weight.to(dtype))

        if step.change.uses_weight and not first:
            return compute()
        return self._cache.get(DeltaKey(step.file, step.layer.path, step.dyn), compute)

    def _original(self, layer: Layer, name: str) -> Tensor:
        """Give a layer's own numbers, put aside the first time they are asked for."""
        key = (layer.path, name)
        if key not in self._originals:
            self._originals[key] = layer, _require(layer.numbers(name)).detach().to(_HOME, copy=True)
        return self._originals[key][1]


def _add(weight: Tensor, delta: Tensor, multiplier: float, target: Tensor) -> Tensor:
    """Add in the delta's number format, and round to the target's; in the target itself where that can be."""
    alike = all(one.dtype == target.dtype and one.device == target.device for one in (weight, delta))
    if alike and weight is not target:
        return torch.mul(delta, multiplier, out=target).add_(weight)  # no memory but the weight's own: it is slow
    return (weight.to(delta.dtype) + delta * multiplier).to(target.dtype)


def _require(tensor: Tensor | None) -> Tensor:
    assert tensor is not None  # checked when the file was read
    return tensor
