"""How much memory there is, and how much of it is free."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

import torch

_MEMINFO = Path("/proc/meminfo")


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
