"""What an option is: a typed default with the facts that a settings page, the API and infotexts need."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from modules.foundation.errors import InvalidRequestError


@dataclass(frozen=True)
class Option:
    """The facts about one setting. Keys are A1111's, so that an existing ``config.json`` just works."""

    label: str
    default: Any
    info: str = ""
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    choices: tuple[Any, ...] = ()
    infotext: str = ""
    """Key under which the value may stand in an infotext and be pasted from it."""
    needs_reload: bool = False
    """Takes effect when the page is loaded again."""

    def coerce(self, key: str, value: Any) -> Any:
        """Return ``value`` in the type of the default.

        As in A1111, numbers may come as int or float, None is the default, and a bool may come as text.
        Raises: InvalidRequestError naming the key and what is accepted.
        """
        if value is None:
            return self.default
        kind = type(self.default)
        try:
            converted = _convert(kind, value)
        except (TypeError, ValueError, OverflowError):
            raise InvalidRequestError(key, f"{key} must be {_KINDS[kind]}, not {str(value)[:60]!r}.") from None
        self._check_range(key, converted)
        return converted

    def _check_range(self, key: str, value: Any) -> None:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            low, high = self.minimum, self.maximum
            if (low is not None and value < low) or (high is not None and value > high):
                raise InvalidRequestError(key, f"{key} must be between {low:g} and {high:g}, not {value:g}.")
        if self.choices and value not in self.choices:
            accepted = ", ".join(str(choice) for choice in self.choices)
            raise InvalidRequestError(key, f"{key} must be one of: {accepted}; not {str(value)[:60]!r}.")


def option(default: Any, label: str, **facts: Any) -> Any:
    """Declare a setting as a dataclass field."""
    described = {"option": Option(label, default, **facts)}
    if isinstance(default, list):
        return field(default_factory=lambda: list(default), metadata=described)
    return field(default=default, metadata=described)


_KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text", list: "a list"}


def _convert(kind: type, value: Any) -> Any:
    if kind is bool:
        return _to_bool(value)
    if kind in (int, float):
        return _to_number(kind, value)
    if kind is list:
        if not isinstance(value, (list, tuple)):
            raise TypeError
        return [str(item) for item in value]
    if not isinstance(value, (str, int, float)) or isinstance(value, bool):
        raise TypeError
    return str(value)


def _to_bool(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    words = {"true": True, "false": False, "1": True, "0": False}
    if isinstance(value, (str, int)) and str(value).lower() in words:
        return words[str(value).lower()]
    raise TypeError


def _to_number(kind: type, value: Any) -> int | float:
    number = float(value)
    if isinstance(value, bool) or not math.isfinite(number) or (kind is int and number != int(number)):
        raise ValueError
    # A float option may hold an int, which infotexts write without ".0"
    return value if kind is float and isinstance(value, int) else kind(number)
