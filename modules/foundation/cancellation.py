"""How a running job is asked to stop."""

from __future__ import annotations

import threading


class Cancellation:
    """Flags a worker looks at between steps; any thread may raise them.

    ``skip`` ends the batch being made, ``stop_after_batch`` lets it finish and makes no more,
    ``interrupt`` ends everything as soon as the current model call returns.
    """

    def __init__(self) -> None:
        self._interrupt = threading.Event()
        self._skip = threading.Event()
        self._stop_after_batch = threading.Event()

    def interrupt(self) -> None:
        self._interrupt.set()

    def skip(self) -> None:
        self._skip.set()

    def stop_after_batch(self) -> None:
        self._stop_after_batch.set()

    def begin_batch(self) -> None:
        """Forget a skip that belonged to the batch before."""
        self._skip.clear()

    @property
    def interrupted(self) -> bool:
        return self._interrupt.is_set()

    @property
    def skipped(self) -> bool:
        return self._skip.is_set()

    @property
    def stop_now(self) -> bool:
        """Whether the batch in hand should end after the current model call."""
        return self._interrupt.is_set() or self._skip.is_set()

    @property
    def no_more_batches(self) -> bool:
        return self._interrupt.is_set() or self._stop_after_batch.is_set()
