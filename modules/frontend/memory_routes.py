"""What the foot of the page says about memory."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from modules.engine.ledger import MemoryLedger
from modules.engine.residency import HeldModel
from modules.generation.workbench import Workbench

_GIB = 2**30


def build_memory_routes(bench: Workbench) -> APIRouter:
    """Return the route that the page asks now and then."""
    router = APIRouter(prefix="/internal", include_in_schema=False)

    @router.get("/memory")
    def memory() -> dict[str, Any]:
        return describe_ledger(MemoryLedger.of(bench.models, bench.models.placement.device))

    return router


def describe_ledger(ledger: MemoryLedger) -> dict[str, Any]:
    """Return a line, and lines with more detail."""
    facts = []
    if ledger.process is not None:
        total = f" of {ledger.main.total / _GIB:.0f}" if ledger.main else ""
        facts.append(f"RAM {ledger.process / _GIB:.1f}{total} GB")
    if ledger.device is not None:
        used = ledger.device.total - ledger.device.free
        facts.append(f"VRAM {used / _GIB:.1f} of {ledger.device.total / _GIB:.0f} GB")
    facts += [model.name for model in ledger.models if model.chosen] or ["no model in memory"]
    spare = [f"{ledger.main.free / _GIB:.1f} GB of RAM free"] if ledger.main else []
    return {"line": facts, "details": [*(_describe_model(model) for model in ledger.models), *spare]}


def _describe_model(model: HeldModel) -> str:
    where = "in use" if model.chosen else "waiting in RAM" if model.parked else "kept"
    return f"{model.name}: {model.size / _GIB:.2f} GB, {where}"
