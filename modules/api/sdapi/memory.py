"""How much memory there is, as A1111's API tells it."""

from __future__ import annotations

from typing import Any

import torch

from modules.api.sdapi.list_models import MemoryAnswer
from modules.hardware.memory import system_memory

_POOLS = {"active": "active_bytes", "allocated": "allocated_bytes", "reserved": "reserved_bytes",
          "inactive": "inactive_split_bytes"}


def measure_memory() -> MemoryAnswer:
    return MemoryAnswer(ram=_main_memory(), cuda=_device_memory())


def _main_memory() -> dict[str, Any]:
    memory = system_memory()
    if memory is None:
        return {"error": "unavailable"}
    return {"free": memory.free, "used": memory.total - memory.free, "total": memory.total}


def _device_memory() -> dict[str, Any]:
    if not torch.cuda.is_available():
        return {"error": "unavailable"}
    free, total = torch.cuda.mem_get_info()
    figures = torch.cuda.memory_stats()
    pools = {name: {"current": figures.get(f"{key}.all.current", 0), "peak": figures.get(f"{key}.all.peak", 0)}
             for name, key in _POOLS.items()}
    return {"system": {"free": free, "used": total - free, "total": total}, **pools,
            "events": {"retries": figures.get("num_alloc_retries", 0), "oom": figures.get("num_ooms", 0)}}
