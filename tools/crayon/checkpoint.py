"""Save and resume training runs as safetensors files, and keep their logs."""

from __future__ import annotations

import json
import time
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file


def save_tensors(path: Path, groups: dict[str, dict[str, torch.Tensor]], facts: dict[str, object]) -> None:
    """Write named groups of tensors and a few facts; the old file stays whole until the new one is."""
    flat = {f"{group}/{name}": t.contiguous() for group, part in groups.items() for name, t in part.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    save_file({name: tensor.clone() for name, tensor in flat.items()}, fresh, {"facts": json.dumps(facts)})
    fresh.replace(path)


def load_tensors(path: Path) -> tuple[dict[str, dict[str, torch.Tensor]], dict[str, object]]:
    """Read what `save_tensors` wrote."""
    groups: dict[str, dict[str, torch.Tensor]] = {}
    with safe_open(path, "pt") as file:
        facts = json.loads((file.metadata() or {}).get("facts", "{}"))
        for key in file.keys():  # noqa: SIM118 (not a mapping)
            group, name = key.split("/", 1)
            groups.setdefault(group, {})[name] = file.get_tensor(key)
    return groups, facts


class Log:
    """Append one JSON line per report and show it."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._start = time.monotonic()

    def write(self, **facts: float | str) -> None:
        """Record facts together with the seconds since this run began."""
        line = {"seconds": round(time.monotonic() - self._start), **facts}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        print("  ".join(f"{k} {v:.4g}" if isinstance(v, float) else f"{k} {v}" for k, v in line.items()), flush=True)
