"""How long cells take here, learned from those that were made."""

from __future__ import annotations

import contextlib
import json
import math
from pathlib import Path

from modules.foundation.errors import OutputError
from modules.foundation.files import atomic_write

PACE_FILE = Path("cache", "pace.json")
MOST_MODELS = 100
_NEWEST = 0.3
"""The weight of the newest measurement."""


class PaceBook:
    """Remembers seconds per unit of effort for each model.

    Effort is counted in sampling steps times megapixels; whoever asks counts it.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._paces = self._read()

    def learn(self, model: str, effort: float, seconds: float) -> None:
        """Take a measurement in."""
        if effort <= 0 or seconds <= 0:
            return
        pace, known = seconds / effort, self._paces.pop(model, None)
        self._paces[model] = pace if known is None else known + _NEWEST * (pace - known)

    def estimate_s(self, model: str, effort: float) -> float | None:
        """Return how long so much effort takes; None where this model has not been seen."""
        pace = self._paces.get(model)
        return None if pace is None else pace * effort

    def write(self) -> None:
        """Keep what was learned; where that is not possible, it is learned again."""
        newest = dict(list(self._paces.items())[-MOST_MODELS:])
        with contextlib.suppress(OutputError):
            atomic_write(self._file, json.dumps(newest).encode())

    def _read(self) -> dict[str, float]:
        try:
            content = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return {model: float(pace) for model, pace in content.items()
                if isinstance(pace, (int, float)) and math.isfinite(pace)} if isinstance(content, dict) else {}


def in_words(seconds: float) -> str:
    """Say how long something takes, about as exactly as it can be known."""
    if seconds < 90:
        return f"{max(round(seconds), 1)} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
