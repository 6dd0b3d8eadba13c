"""What adapters need of a model in memory, and where the numbers of its layers lie."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import nn

from modules.families.description import ModelDescription
from modules.hardware.placement import Placement

_PATCHED = (nn.Linear, nn.Conv2d, nn.GroupNorm, nn.LayerNorm)


class PatchableModel(Protocol):
    """A model that networks can be applied to; ``engine.loaded_model.LoadedModel`` is one.

    ``text_encoders`` are modules, in the order of ``description.text``.
    """

    @property
    def description(self) -> ModelDescription: ...

    @property
    def placement(self) -> Placement: ...

    @property
    def unet(self) -> nn.Module: ...

    @property
    def text_encoders(self) -> Sequence[nn.Module]: ...


@dataclass(frozen=True)
class Layer:
    """A layer with a weight, by its place in the model: ``unet.mid_block…`` or ``text.0.text_model…``."""

    path: str
    module: nn.Module

    @property
    def in_text_encoder(self) -> bool:
        return self.path.startswith("text.")

    def numbers(self, name: str) -> torch.Tensor | None:
        """Give the ``weight`` or ``bias`` to read and to write in place; None where the layer has none.

        A layer that is streamed in for each pass has its parameters on no device; what it will be filled
        with lies in accelerate's map of weights.
        """
        tensor = getattr(self.module, name, None)
        if tensor is None or tensor.device.type != "meta":
            return tensor
        return _streamed_weights(self.module)[name]


def layers_of(module: nn.Module, prefix: str) -> Iterator[tuple[str, Layer]]:
    """Walk the layers that networks may change, with their paths below ``module``."""
    for path, part in module.named_modules():
        if isinstance(part, _PATCHED) and part.weight is not None:
            yield path, Layer(f"{prefix}.{path}", part)


def _streamed_weights(module: nn.Module) -> Mapping[str, torch.Tensor]:
    hook: Any = module._hf_hook
    maps = (getattr(one, "weights_map", None) for one in getattr(hook, "hooks", (hook,)))
    return next(found for found in maps if found is not None)
