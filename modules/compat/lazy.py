"""Names that a façade module has without holding them: made at each look, or there only to say what to use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from modules.compat.surface import instead_of
from modules.foundation.errors import WebUIError


class UnsupportedNameError(WebUIError, NotImplementedError):
    """An extension used something of A1111's that cannot exist on this core."""


class MissingName:
    """Stands where A1111 has something that this core cannot have; whatever is done with it says so."""

    def __init__(self, name: str, instead: str) -> None:
        vars(self)["_told"] = UnsupportedNameError(f"{name} is not supported here.", remedy=instead)

    def _refuse(self, *_args: object, **_kwargs: object) -> NoReturn:
        raise vars(self)["_told"]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        self._refuse()

    __call__ = __getitem__ = __setitem__ = __iter__ = __len__ = __enter__ = __setattr__ = _refuse

    def __bool__(self) -> bool:
        return False

    def __instancecheck__(self, instance: object) -> bool:
        return False

    def __mro_entries__(self, bases: tuple[object, ...]) -> tuple[type, ...]:
        """Let classes be derived; making one says what is wrong."""
        return (type("Missing", (), {"__init__": self._refuse}),)


def lazy_names(module: str, live: Mapping[str, Callable[[], Any]] | None = None) -> Callable[[str], Any]:
    """Return the ``__getattr__`` of a façade module.

    ``live``: names that are looked up anew each time; one that an extension assigns stays what it was given.
    """
    made = live or {}

    def look_up(name: str) -> Any:
        if name in made:
            return made[name]()
        instead = instead_of(module, name)
        if instead is None:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        return MissingName(f"{module}.{name}", instead)

    return look_up
