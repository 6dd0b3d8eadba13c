"""Frozen dataclasses as JSON objects and back, with errors that name the field."""

from __future__ import annotations

import math
import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any, TypeVar, get_args, get_type_hints

from modules.foundation.errors import InvalidRequestError

Record = TypeVar("Record")


def record_to_json(record: Any) -> dict[str, Any]:
    """Return a JSON object without what is at its default; records within a record are written whole."""
    values = {item.name: (getattr(record, item.name), _default(item)) for item in fields(record)}
    return {name: _plain(value) for name, (value, default) in values.items() if value != default}


def record_from_json(kind: type[Record], values: Mapping[str, Any], within: str = "") -> Record:
    """Read what ``record_to_json`` wrote, or a person's JSON. ``within`` goes before every name in an error.

    Fields may be text, numbers, true or false, tuples of text or of anything, mappings, other records, and any of
    these or None.

    Raises: InvalidRequestError naming the field for an unknown name or a value of the wrong kind.
    """
    kinds = get_type_hints(kind)
    for name in values:
        if name not in kinds:
            raise InvalidRequestError(within + name, f"A request has no field {(within + name)[:60]!r}.")
    return kind(**{name: _read(within + name, kinds[name], value) for name, value in values.items()})


def _default(item: Field) -> Any:
    return item.default_factory() if item.default_factory is not MISSING else item.default


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value


def _read(name: str, kind: Any, value: Any) -> Any:
    if isinstance(kind, types.UnionType):
        if value is None:
            return None
        kind = get_args(kind)[0]
    if is_dataclass(kind):
        return _read_record(name, kind, value)
    expected, convert = _READERS[kind]
    converted = convert(value)
    if converted is None:
        raise InvalidRequestError(name, f"{name} must be {expected}, not {str(value)[:60]!r}.")
    return converted


def _read_record(name: str, kind: Any, value: Any) -> Any:
    if isinstance(value, kind):
        return value
    if not isinstance(value, Mapping):
        raise InvalidRequestError(name, f"{name} must be an object, not {str(value)[:60]!r}.")
    return record_from_json(kind, value, within=f"{name}.")


def _read_int(value: Any) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, float) and math.isfinite(value) and value == int(value) else None


def _read_float(value: Any) -> float | None:
    """Accept a finite number. An int stays one: infotexts write a whole number that was typed without ".0"."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return value if math.isfinite(value) else None
    except OverflowError:
        return None


def _read_texts(value: Any) -> tuple[str, ...] | None:
    if isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value):
        return tuple(value)
    return None


_READERS: dict[Any, tuple[str, Any]] = {
    str: ("text", lambda value: value if isinstance(value, str) else None),
    int: ("a whole number", _read_int),
    float: ("a finite number", _read_float),
    bool: ("true or false", lambda value: value if isinstance(value, bool) else None),
    tuple[str, ...]: ("a list of names", _read_texts),
    tuple[Any, ...]: ("a list", lambda value: tuple(value) if isinstance(value, (list, tuple)) else None),
    Mapping[str, Any]: ("an object", lambda value: dict(value) if isinstance(value, Mapping) else None),
}
