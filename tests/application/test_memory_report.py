"""What the doctor says about memory."""

from __future__ import annotations

import pytest
import torch

from modules.application import memory_report
from modules.application.memory_report import describe_memory
from modules.hardware.memory import Memory
from modules.hardware.placement import Machine
from modules.settings.flags import parse_launch_flags

GIB = 2**30


@pytest.fixture
def machine(monkeypatch):
    def make(cards: int, ram_gib: float, vram_gib: float = 0) -> None:
        own = Memory(int(vram_gib * GIB), int(vram_gib * GIB))
        monkeypatch.setattr(memory_report, "probe_machine", lambda: Machine(cards))
        monkeypatch.setattr(memory_report, "system_memory", lambda: Memory(int(ram_gib * GIB), int(ram_gib * GIB)))
        monkeypatch.setattr(memory_report, "device_memory", lambda device: own if device.type == "cuda" else None)
        monkeypatch.setattr(memory_report, "available_bytes", lambda device: own.free or None)
    return make


@pytest.mark.parametrize(("ram", "vram", "flags", "fits"), [
    (16, 0, "", "SD 1 and 2 whole; SDXL whole"),
    (8, 0, "", "SD 1 and 2 whole; SDXL not: 13 GB would be needed"),
    (16, 24, "", "SD 1 and 2 whole; SDXL whole"),
    (16, 7.2, "", "SD 1 and 2 whole; SDXL in parts that take turns, as with --medvram"),
    (16, 4, "", "SD 1 and 2 whole; SDXL layer by layer, as with --lowvram (slow)"),
    (16, 24, "--medvram-sdxl", "SD 1 and 2 whole; SDXL in parts that take turns, as with --medvram"),
])
def test_what_fits(machine, ram, vram, flags, fits):
    machine(1 if vram else 0, ram, vram)
    report = dict(describe_memory(parse_launch_flags(flags.split())))
    assert report["Models fit"] == fits
    assert ("VRAM" in report) == bool(vram) and report["RAM"] == f"{ram:.1f} GB of {ram:.1f} GB free"


def test_this_machine_can_be_described():
    assert dict(describe_memory(parse_launch_flags([])))["Models fit"]
    assert torch.cuda.is_available() or "VRAM" not in dict(describe_memory(parse_launch_flags([])))
