"""From modules without memory and tensors in a file to modules with weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

import torch
from torch import nn

from modules.foundation.errors import ModelFileError

Module = TypeVar("Module", bound=nn.Module)
_AGAIN = "It may be damaged or pruned too far. Download it again."


def build_empty(build: Callable[[], Module]) -> Module:
    """Construct a module on the meta device: no memory, no random numbers."""
    with torch.device("meta"), torch.no_grad():
        return build()


@dataclass(frozen=True)
class Draft(Generic[Module]):
    """An empty module and the tensors of a file that belong in it, by the module's names.

    Making one checks that they fit, so that filling can fail only where reading fails.

    Raises: ModelFileError naming what is missing or of the wrong shape.
    """

    module: Module
    tensors: Mapping[str, torch.Tensor]

    def __post_init__(self) -> None:
        wanted = self.module.state_dict()
        missing = [name for name in wanted if name not in self.tensors]
        if missing:
            raise ModelFileError(f"The checkpoint lacks {len(missing)} of {len(wanted)} tensors of its "
                                 f"{type(self.module).__name__}, for instance {missing[0]}.", remedy=_AGAIN)
        for name, parameter in wanted.items():
            shape = _unfolded(self.tensors[name], parameter.ndim).shape
            if shape != parameter.shape:
                raise ModelFileError(f"The checkpoint's tensor {name} has the shape {list(shape)}; "
                                     f"{list(parameter.shape)} was expected.", remedy=_AGAIN)

    def size_bytes(self, dtype: torch.dtype) -> int:
        """Give the memory the filled module will take."""
        return sum(parameter.numel() for parameter in self.module.parameters()) * dtype.itemsize

    def fill(self, device: torch.device, dtype: torch.dtype) -> Module:
        """Give the module its weights, one tensor at a time, as copies in the format it computes in.

        Copies, because a file that changes under a memory map ends the process; one at a time, because the
        file's format and ours need not both fit in memory.
        """
        layouts = _layouts(self.module) if dtype != torch.float32 else {}
        filled = {name: _copy(_unfolded(self.tensors[name], parameter.ndim), device, dtype, layouts.get(name))
                  for name, parameter in self.module.state_dict().items()}
        self.module.load_state_dict(filled, assign=True)
        return self.module.to(device).requires_grad_(False).eval()


def _unfolded(tensor: torch.Tensor, dimensions: int) -> torch.Tensor:
    """See a projection stored as a 1×1 convolution as the matrix it is."""
    return tensor[:, :, 0, 0] if tensor.ndim == 4 and dimensions == 2 and tensor.shape[2:] == (1, 1) else tensor


def _layouts(module: nn.Module) -> dict[str, torch.memory_format]:
    """Lay out convolutions the way 16-bit kernels are fast with; in fp32 it would change nothing."""
    return {f"{name}.weight": torch.channels_last for name, part in module.named_modules()
            if isinstance(part, nn.Conv2d)}


def _copy(tensor: torch.Tensor, device: torch.device, dtype: torch.dtype, layout: torch.memory_format | None
          ) -> torch.Tensor:
    layout = layout or torch.contiguous_format
    if device.type == "cpu":
        return tensor.to(device, dtype, copy=True, memory_format=layout)
    return tensor.to(device, dtype, copy=True).contiguous(memory_format=layout)  # an accelerator reorders faster
