"""How a parser tells the person what it changed: one plain sentence per remark, shown beside the picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator

Report = Callable[[str], None]


def ignore(remark: str) -> None:
    """Drop a remark (the token counter has no place to show any)."""


class Remarks:
    """Collects remarks in order, each once, and not without end; an instance is itself a ``Report``."""

    MOST = 20

    def __init__(self) -> None:
        self._seen: dict[str, None] = {}

    def __call__(self, remark: str) -> None:
        if len(self._seen) < self.MOST:
            self._seen.setdefault(remark)

    def __iter__(self) -> Iterator[str]:
        return iter(self._seen)
