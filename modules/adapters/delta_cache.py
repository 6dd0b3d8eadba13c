"""Changes of weights that were computed once, so that only their multiplier needs to be applied again."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import NamedTuple

from torch import Tensor

from modules.adapters.file_stamp import Stamp


class DeltaKey(NamedTuple):
    """A change, by the file it comes from, the layer it is for, and the ranks it is limited to."""

    file: Stamp
    layer: str
    dyn: int | None


class DeltaCache:
    """Keeps what there is room for; what is there stays until its file is out of use.

    Replacing the oldest would be of no use: layers are always visited in the same order, so that each would
    be gone just before its turn.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._deltas: dict[DeltaKey, Tensor] = {}
        self._bytes = 0

    @property
    def size_bytes(self) -> int:
        return self._bytes

    def get(self, key: DeltaKey, compute: Callable[[], Tensor]) -> Tensor:
        """Give a change, computing it where it is not known."""
        known = self._deltas.get(key)
        if known is None:
            known = compute()
            if self._bytes + known.nbytes <= self._limit_bytes:
                self._deltas[key] = known
                self._bytes += known.nbytes
        return known

    def keep_only(self, files: Collection[Stamp]) -> None:
        """Let go of the changes of all other files."""
        self._deltas = {key: delta for key, delta in self._deltas.items() if key.file in files}
        self._bytes = sum(delta.nbytes for delta in self._deltas.values())
