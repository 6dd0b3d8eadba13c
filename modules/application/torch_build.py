"""Which build of PyTorch suits this machine.

Standard library only. ``has_nvidia`` is asked at every start, so the slow imports wait until they are needed.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

_WHEELS = "https://download.pytorch.org/whl"
CPU_INDEX = f"{_WHEELS}/cpu"
CUDA_INDEX = f"{_WHEELS}/cu130"
LEGACY_CUDA_INDEX = f"{_WHEELS}/cu126"
_LINUX_MARKS = ("/proc/driver/nvidia/version", "/dev/nvidiactl", "/usr/lib/wsl/lib/nvidia-smi")
_OLDEST_CARD, _OLDEST_DRIVER = (7, 5), 580
"""What CUDA 13 still runs on: Turing, and driver 580."""


@dataclass(frozen=True)
class TorchBuild:
    """A build by name, and the package index that has it; None means the ordinary index does.

    ``required``: that index was asked for, so another one will not do.
    """

    name: str
    index: str | None = None
    required: bool = False


def has_nvidia() -> bool:
    """Whether a driver for NVIDIA cards is loaded."""
    if sys.platform == "win32":
        return (Path(os.environ.get("SYSTEMROOT", "C:/Windows")) / "System32" / "nvcuda.dll").exists()
    return sys.platform == "linux" and any(Path(mark).exists() for mark in _LINUX_MARKS)


def choose_build(index: str | None) -> TorchBuild:
    """Return the build to install: from the index that was asked for, else by what the machine has."""
    if index:
        return TorchBuild(index.rstrip("/"), index.rstrip("/"), required=True)
    if sys.platform == "darwin":
        return TorchBuild("mps")
    if not has_nvidia():
        return TorchBuild("cpu", CPU_INDEX)
    if _needs_old_cuda(_query_cards()):
        return TorchBuild("cuda", LEGACY_CUDA_INDEX)
    return TorchBuild("cuda", CUDA_INDEX if sys.platform == "win32" else None)


def is_reachable(index: str, *, timeout_s: float = 5.0) -> bool:
    """Whether a package index answers."""
    import urllib.request

    request = urllib.request.Request(f"{index}/torch/", method="HEAD")
    try:
        with urllib.request.urlopen(request, timeout=timeout_s):
            return True
    except OSError:
        return False


def _query_cards() -> str:
    import shutil
    import subprocess

    program = shutil.which("nvidia-smi") or shutil.which("nvidia-smi", path="/usr/lib/wsl/lib")
    if program is None:
        return ""
    query = [program, "--query-gpu=compute_cap,driver_version", "--format=csv,noheader"]
    try:
        return subprocess.run(query, capture_output=True, text=True, timeout=20, check=False).stdout
    except (OSError, subprocess.SubprocessError):
        return ""


def _needs_old_cuda(report: str) -> bool:
    """Read lines such as ``6.1, 552.44``: no card is new enough, or the driver is not."""
    cards = [line.split(",") for line in report.splitlines() if line.count(",") == 1]
    try:
        newest = max(tuple(int(part) for part in card[0].strip().split(".")) for card in cards)
        driver = min(int(card[1].strip().split(".")[0]) for card in cards)
    except ValueError:
        return False
    return newest < _OLDEST_CARD or driver < _OLDEST_DRIVER
