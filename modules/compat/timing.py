"""``modules.timer``: how long parts of something take."""

from __future__ import annotations

import time
from typing import Any


class TimerSubcategory:
    """A part of a part."""

    def __init__(self, timer: Timer, category: str) -> None:
        self.timer, self.category = timer, category
        self.begun = 0.0

    def __enter__(self) -> None:
        self.begun = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.timer.add_time_to_record(self.category, time.perf_counter() - self.begun)


class Timer:
    """Notes how long each part took. Units: seconds."""

    def __init__(self, print_log: bool = False) -> None:
        self.start = self._last = time.perf_counter()
        self.records: dict[str, float] = {}
        self.total = 0.0

    def elapsed(self) -> float:
        """Return the time since this was last called."""
        now = time.perf_counter()
        elapsed, self._last = now - self._last, now
        return elapsed

    def add_time_to_record(self, category: str, amount: float) -> None:
        self.records[category] = self.records.get(category, 0.0) + amount

    def record(self, category: str, extra_time: float = 0, disable_log: bool = False) -> None:
        """Note the time since the last part."""
        elapsed = self.elapsed() + extra_time
        self.add_time_to_record(category, elapsed)
        self.total += elapsed

    def subcategory(self, name: str) -> TimerSubcategory:
        """Time a part of a part."""
        return TimerSubcategory(self, name)

    def summary(self) -> str:
        """Say how long everything took, and what took longer than a tenth of a second."""
        parts = [f"{category}: {seconds:.1f}s" for category, seconds in self.records.items() if seconds >= 0.1]
        return f"{self.total:.1f}s" + (f" ({', '.join(parts)})" if parts else "")

    def dump(self) -> dict[str, Any]:
        return {"total": self.total, "records": dict(self.records)}

    def reset(self) -> None:
        self.__init__()  # type: ignore[misc]


startup_timer = Timer()
startup_record: dict[str, Any] | None = None
