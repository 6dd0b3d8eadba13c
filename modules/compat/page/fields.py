"""Which control an infotext's value goes to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from gradio.components import Component


class PasteField(tuple[Any, Any]):
    """A control, and the infotext key or the function that gives its value. ``api``: the API's name for it."""

    component: Any
    label: str | None
    function: Callable[..., Any] | None
    api: str | None

    def __new__(cls, component: Any, target: Any, *, api: str | None = None) -> PasteField:
        field = super().__new__(cls, (component, target))
        field.component, field.api = component, api
        field.label = target if isinstance(target, str) else None
        field.function = target if callable(target) else None
        return field


def fields_of(pairs: Iterable[Any]) -> Iterator[PasteField]:
    """Return what scripts left in ``infotext_fields``; what is no pair with a component is left out."""
    for pair in pairs:
        if isinstance(pair, PasteField):
            yield pair
        elif isinstance(pair, (tuple, list)) and len(pair) >= 2 and isinstance(pair[0], Component):
            yield PasteField(pair[0], pair[1])
