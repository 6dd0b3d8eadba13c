"""The foot of the page tells what memory is spent on."""

from __future__ import annotations

from modules.engine.ledger import MemoryLedger
from modules.engine.residency import HeldModel
from modules.frontend.memory_routes import describe_ledger
from modules.hardware.memory import Memory

GIB = 2**30


def test_a_gpu_and_its_models():
    models = (HeldModel("mix", 2 * GIB, parked=False, chosen=True), HeldModel("old", GIB, parked=True, chosen=False),
              HeldModel("near", GIB, parked=False, chosen=False))
    told = describe_ledger(MemoryLedger(3 * GIB, Memory(32 * GIB, 20 * GIB), Memory(8 * GIB, 5 * GIB), models))
    assert told["line"] == ["RAM 3.0 of 32 GB", "VRAM 3.0 of 8 GB", "mix"]
    assert told["details"] == ["mix: 2.00 GB, in use", "old: 1.00 GB, waiting in RAM", "near: 1.00 GB, kept",
                               "20.0 GB of RAM free"]


def test_what_is_not_known_is_left_out():
    assert describe_ledger(MemoryLedger(None, None, None, ())) == {"line": ["no model in memory"], "details": []}


def test_the_page_can_ask(client):
    assert client.get("/internal/memory").json()["line"]
