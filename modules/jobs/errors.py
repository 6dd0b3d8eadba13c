"""What can go wrong when a job is handed in."""

from __future__ import annotations

from modules.foundation.errors import WebUIError


class QueueFullError(WebUIError):
    """Too many jobs wait already; ``retry_after_s`` is a guess at when there is room again."""

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message, remedy=f"Try again in about {retry_after_s} s.")
        self.retry_after_s = retry_after_s


class ClosingError(WebUIError):
    """The program is shutting down and takes no more jobs."""

    def __init__(self) -> None:
        super().__init__("The program is shutting down and takes no more jobs.",
                         remedy="Send the job again once it has restarted.")
