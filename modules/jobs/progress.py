"""How far a running job is, and how long it will still take."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from modules.generation.events import Progress

WINDOW_STEPS = 32


class ProgressMeter:
    """Keeps the newest Progress and the pace of the last steps. One thread writes, any may read."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._window: deque[tuple[float, int]] = deque(maxlen=WINDOW_STEPS + 1)
        self._reading: tuple[Progress, float | None, float] = (Progress(stage="starting"), None, clock())
        """Progress, seconds per step, and when: replaced as a whole, so that a reader never sees half."""

    @property
    def progress(self) -> Progress:
        return self._reading[0]

    def update(self, progress: Progress) -> None:
        now = self._clock()
        if self._window and progress.done_steps < self._window[-1][1]:
            self._window.clear()
        if not self._window or progress.done_steps > self._window[-1][1]:
            self._window.append((now, progress.done_steps))
        self._reading = (progress, self._pace(), now)

    def eta_s(self) -> float | None:
        """Seconds until all steps are done; None before two steps have been seen."""
        progress, pace, seen = self._reading
        if pace is None:
            return None
        return max((progress.total_steps - progress.done_steps) * pace - (self._clock() - seen), 0.0)

    def _pace(self) -> float | None:
        (first_s, first), (last_s, last) = self._window[0], self._window[-1]
        return (last_s - first_s) / (last - first) if last > first else None
