"""Models that take turns in an accelerator's memory."""

from __future__ import annotations

from collections.abc import Sequence

import accelerate
import torch
from torch import nn

from modules.hardware.placement import Offload, Placement

_HOME = torch.device("cpu")


class TurnTaking:
    """Brings in the part that is about to compute, and sends the others back to main memory.

    Does nothing unless the placement asks for it.
    """

    def __init__(self, placement: Placement, parts: Sequence[nn.Module], streamed: nn.Module) -> None:
        """``streamed`` is the one of the parts that is brought in layer by layer where that is asked for."""
        self._device = placement.device
        self._parts = list(parts) if placement.offload is not Offload.NOTHING else []
        if placement.offload is Offload.LAYER_BY_LAYER:
            self._parts.remove(streamed)
            accelerate.cpu_offload(streamed, execution_device=placement.device)
        for part in self._parts:
            part.register_forward_pre_hook(lambda module, _inputs: self.bring(module))

    def replace(self, old: nn.Module, new: nn.Module) -> None:
        """Let a part take the turns of another."""
        self._parts = [new if part is old else part for part in self._parts]

    def bring(self, wanted: nn.Module) -> None:
        """Make sure ``wanted`` is where it computes."""
        for part in self._parts:
            part.to(self._device if part is wanted else _HOME)
