"""Models that take turns in an accelerator's memory."""

from __future__ import annotations

from collections.abc import Sequence

import accelerate
import torch
from accelerate.hooks import remove_hook_from_submodules
from torch import nn
from torch.utils.hooks import RemovableHandle

from modules.hardware.placement import Offload, Placement

_HOME = torch.device("cpu")
_FRUGALITY = (Offload.NOTHING, Offload.WHOLE_MODELS, Offload.LAYER_BY_LAYER)


class TurnTaking:
    """Brings in the part that is about to compute, and sends the others back to main memory.

    Does nothing unless the placement, or ``change``, asks for it.
    """

    def __init__(self, placement: Placement, parts: Sequence[nn.Module], streamed: nn.Module) -> None:
        """``streamed`` is the one of the parts that is brought in layer by layer where that is asked for."""
        self._device = placement.device
        self._usual = placement.offload if placement.offload in _FRUGALITY else Offload.NOTHING
        self._every = list(parts)
        self._streamed = streamed
        self._parts: list[nn.Module] = []
        self._handles: list[RemovableHandle] = []
        self.offload = Offload.NOTHING
        if self._usual is not Offload.NOTHING:
            self._begin(self._usual)

    def replace(self, old: nn.Module, new: nn.Module) -> None:
        """Let a part take the turns of another."""
        self._every = [new if part is old else part for part in self._every]
        self._parts = [new if part is old else part for part in self._parts]

    def bring(self, wanted: nn.Module) -> None:
        """Make sure ``wanted`` is where it computes."""
        self._move({part: self._device if part is wanted else _HOME for part in self._parts})

    def more_frugal(self) -> list[Offload]:
        """List the ways in which more could leave the device than does now, the quickest first."""
        if self._device.type == "cpu":
            return []
        return list(_FRUGALITY[_FRUGALITY.index(self.offload) + 1:])

    def change(self, offload: Offload) -> None:
        """Let parts leave the device in another way from now on."""
        if offload is not self.offload:
            self._end()
            self._move(dict.fromkeys(self._every, self._device if offload is Offload.NOTHING else _HOME))
            if offload is not Offload.NOTHING:
                self._begin(offload)

    def back_to_usual(self) -> None:
        """Undo every change."""
        self.change(self._usual)

    def rest(self) -> None:
        """Send everything to main memory, until ``wake``."""
        self._move(dict.fromkeys(self._parts if self._parts else self._every, _HOME))

    def wake(self) -> None:
        """Bring back what is not brought in when it computes."""
        if self.offload is Offload.NOTHING:
            self._move(dict.fromkeys(self._every, self._device))

    def _begin(self, offload: Offload) -> None:
        self.offload = offload
        self._parts = list(self._every)
        if offload is Offload.LAYER_BY_LAYER:
            self._parts.remove(self._streamed)
            with torch.inference_mode(False), torch.no_grad():
                accelerate.cpu_offload(self._streamed, execution_device=self._device)
        self._handles = [part.register_forward_pre_hook(lambda module, _inputs: self.bring(module))
                         for part in self._parts]

    def _end(self) -> None:
        for handle in self._handles:
            handle.remove()
        if self.offload is Offload.LAYER_BY_LAYER:
            with torch.inference_mode(False), torch.no_grad():
                remove_hook_from_submodules(self._streamed)
        self._parts, self._handles, self.offload = [], [], Offload.NOTHING

    def _move(self, places: dict[nn.Module, torch.device]) -> None:
        """Move parts, those that leave first; weights stay such that adapters may change them in place."""
        with torch.inference_mode(False), torch.no_grad():
            for part in sorted(places, key=lambda part: places[part] == self._device):
                part.to(places[part])
