"""What memory is spent on, for people to look at."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from modules.engine.residency import HeldModel, ModelSlot
from modules.hardware.memory import Memory, device_memory, process_bytes, system_memory


@dataclass(frozen=True)
class MemoryLedger:
    """One look. Units: bytes; None where the system does not tell."""

    process: int | None
    main: Memory | None
    device: Memory | None
    """An accelerator's own memory; None where models compute in main memory."""
    models: tuple[HeldModel, ...]

    @classmethod
    def of(cls, slot: ModelSlot, device: torch.device) -> MemoryLedger:
        return cls(process_bytes(), system_memory(), device_memory(device), tuple(slot.held()))
