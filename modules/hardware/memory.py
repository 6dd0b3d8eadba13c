"""How much memory there is, and how much of it is free."""

from __future__ import annotations

import gc
import os
import re
from dataclasses import dataclass
from pathlib import Path

import torch

from modules.foundation.errors import OutOfMemoryError

_MEMINFO = Path("/proc/meminfo")
_STATM = Path("/proc/self/statm")
_OUT_OF_MEMORY = ("DefaultCPUAllocator: can't allocate memory", "DefaultCPUAllocator: not enough memory",
                  "MPS backend out of memory", "CUDA out of memory", "CUBLAS_STATUS_ALLOC_FAILED")
"""PyTorch has a class for this error only on CUDA, and libraries below it have words of their own."""
MEMORY_ERRORS = (RuntimeError, MemoryError, OutOfMemoryError)
"""What running out of memory is raised as; ``is_out_of_memory`` tells it from other errors of these classes."""


@dataclass(frozen=True)
class Memory:
    """Units: bytes."""

    total: int
    free: int


def system_memory() -> Memory | None:
    """Measure main memory; None where the system does not tell."""
    try:
        import psutil
    except ImportError:
        return parse_meminfo(_MEMINFO.read_text(encoding="ascii")) if _MEMINFO.is_file() else _pages()
    figures = psutil.virtual_memory()
    return Memory(figures.total, figures.available)


def device_memory(device: torch.device) -> Memory | None:
    """Measure an accelerator's own memory; None for devices that use main memory."""
    if device.type != "cuda":
        return None
    free, total = torch.cuda.mem_get_info(device)
    return Memory(total, free)


def available_bytes(device: torch.device) -> int | None:
    """Give what can still be allocated on an accelerator, what PyTorch holds in reserve included; None: unknown."""
    memory = device_memory(device)
    if memory is None:
        return None
    return memory.free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)


def process_bytes() -> int | None:
    """Give the main memory this process holds; None where the system does not tell."""
    try:
        import psutil
    except ImportError:
        return _resident_bytes()
    return int(psutil.Process().memory_info().rss)


def release_memory() -> None:
    """Give back what nobody refers to any more."""
    gc.collect()  # modules refer to one another in circles
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    if torch.backends.mps.is_available():
        torch.mps.empty_cache()


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that a device, or the computer, has no memory left."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError, OutOfMemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in _OUT_OF_MEMORY)


def parse_meminfo(text: str) -> Memory | None:
    """Read Linux's table of memory figures."""
    figures = {name: int(kib) * 1024 for name, kib in re.findall(r"^(\w+):\s+(\d+) kB", text, re.MULTILINE)}
    if "MemTotal" not in figures:
        return None
    return Memory(figures["MemTotal"], figures.get("MemAvailable", figures.get("MemFree", 0)))


def _pages() -> Memory | None:
    try:
        page, total = os.sysconf("SC_PAGE_SIZE"), os.sysconf("SC_PHYS_PAGES")
        free = os.sysconf("SC_AVPHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None
    return Memory(page * total, page * free)


def _resident_bytes() -> int | None:
    try:
        return int(_STATM.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError, IndexError):
        return None
