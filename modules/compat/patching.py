"""``modules.patches``: replacing a function of an object, so that it can be put back."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from modules.foundation.errors import WebUIError

originals: defaultdict[str, dict[tuple[Any, str], Any]] = defaultdict(dict)
"""By the module that patched: what stood there before."""


class PatchError(WebUIError, RuntimeError):
    """A patch is there already, or is not there."""


def patch(key: str, obj: Any, field: str, replacement: Any) -> Any:
    """Replace a field, and return what it was. Raises: PatchError where ``key`` has replaced it already."""
    place = (obj, field)
    if place in originals[key]:
        raise PatchError(f"{field} has been replaced by {key} already.")
    before = originals[key][place] = getattr(obj, field)
    setattr(obj, field, replacement)
    return before


def undo(key: str, obj: Any, field: str) -> None:
    """Put back what was there. Raises: PatchError where ``key`` has replaced nothing."""
    place = (obj, field)
    if place not in originals[key]:
        raise PatchError(f"{field} was not replaced by {key}.")
    setattr(obj, field, originals[key].pop(place))


def original(key: str, obj: Any, field: str) -> Any:
    """Return what was there before ``key`` replaced it; None where it did not."""
    return originals[key].get((obj, field))
