"""Memory figures."""

from __future__ import annotations

import builtins
from pathlib import Path

import pytest
import torch

from modules.hardware.memory import Memory, device_memory, parse_meminfo, system_memory


def test_system_memory_is_plausible():
    memory = system_memory()
    assert memory is not None
    assert 0 < memory.free <= memory.total


@pytest.mark.skipif(not Path("/proc/meminfo").is_file(), reason="Linux only")
def test_without_psutil_linux_is_asked(monkeypatch: pytest.MonkeyPatch):
    real = builtins.__import__

    def without_psutil(name, *rest, **options):
        if name == "psutil":
            raise ImportError(name)
        return real(name, *rest, **options)

    expected = system_memory()
    monkeypatch.setattr(builtins, "__import__", without_psutil)
    found = system_memory()
    assert found is not None and expected is not None
    assert abs(found.total - expected.total) < 1 << 20


def test_meminfo():
    text = "MemTotal:       1000 kB\nMemFree:  10 kB\nMemAvailable:    500 kB\nHugePages_Total:       0\n"
    assert parse_meminfo(text) == Memory(1000 * 1024, 500 * 1024)
    assert parse_meminfo("MemTotal: 1000 kB\nMemFree: 10 kB\n") == Memory(1000 * 1024, 10 * 1024)
    assert parse_meminfo("nothing") is None


def test_the_cpu_has_no_memory_of_its_own():
    assert device_memory(torch.device("cpu")) is None
