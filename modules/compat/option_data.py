"""The values of options, in layers: written, overlaid, saved, default."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from typing import Any

from modules.compat.option_info import OptionInfo

_NOTHING = object()


class OptionData(MutableMapping[str, Any]):
    """What ``opts.data`` is. ``saved`` looks a saved value up or raises KeyError; ``names`` gives every key."""

    def __init__(self, labels: Mapping[str, OptionInfo], saved: Callable[[str], Any], names: Callable[[], Iterable[str]]
                 ) -> None:
        self._labels, self._saved, self._names = labels, saved, names
        self._written: dict[str, tuple[Any, Any]] = {}
        """The value, and what was saved when it was written: who changes that later wins."""
        self._overlays: list[tuple[int, dict[str, Any]]] = []
        """Each counts only on the thread that laid it on: the page goes on reading and writing what is saved."""

    def __getitem__(self, key: str) -> Any:
        for overlay in reversed(self._own_overlays()):
            if key in overlay:
                return overlay[key]
        value, before = self._written.get(key, (_NOTHING, None))
        if value is not _NOTHING and self._settled(key) == before:
            return value
        return self._settled(key)

    def __setitem__(self, key: str, value: Any) -> None:
        for overlay in reversed(self._own_overlays()):
            if key in overlay:
                overlay[key] = value
                return
        self._written[key] = (value, self._settled_or_nothing(key))

    def __delitem__(self, key: str) -> None:
        if self._written.pop(key, None) is None:
            raise KeyError(key)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and (key in self._written or self._settled_or_nothing(key) is not _NOTHING)

    def __iter__(self) -> Iterator[str]:
        return (key for key in {**dict.fromkeys(self._written), **dict.fromkeys(sorted(self._names()))}
                if key in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def copy(self) -> dict[str, Any]:
        """Return all values."""
        return dict(self)

    def changes(self) -> dict[str, Any]:
        """Return what is in force other than what is saved."""
        changed = {key: value for key, (value, before) in list(self._written.items())
                   if self._settled_or_nothing(key) == before}
        for overlay in self._own_overlays():
            changed |= overlay
        return changed

    def take_written(self) -> dict[str, Any]:
        """Return what was written, to be saved, and forget it."""
        written = {key: self._written.pop(key)[0] for key in list(self._written)}
        return {key: value for key, value in written.items()
                if key not in self._labels or not self._labels[key].do_not_save}

    @contextlib.contextmanager
    def overlaid(self, values: Mapping[str, Any]) -> Iterator[None]:
        """Have other values in force for a while."""
        overlay = dict(values)
        self._overlays.append((threading.get_ident(), overlay))
        try:
            yield
        finally:
            self._overlays = [one for one in self._overlays if one[1] is not overlay]

    def _own_overlays(self) -> list[dict[str, Any]]:
        own = threading.get_ident()
        return [overlay for thread, overlay in self._overlays if thread == own]

    def _settled(self, key: str) -> Any:
        value = self._settled_or_nothing(key)
        if value is _NOTHING:
            if key in self._written:
                return self._written[key][1]
            raise KeyError(key)
        return value

    def _settled_or_nothing(self, key: str) -> Any:
        try:
            return self._saved(key)
        except KeyError:
            info = self._labels.get(key)
            return _NOTHING if info is None or info.do_not_save else info.default
