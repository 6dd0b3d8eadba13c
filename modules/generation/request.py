"""What a person asked for. None means "you decide"."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from modules.foundation.errors import InvalidRequestError


@dataclass(frozen=True)
class GenerationRequest:
    """One press of Generate, from whichever side it came. Ranges: ``limits.py``, checked by ``plan``.

    Names are the field's own (and A1111's API's, where that has one).
    """

    prompt: str = ""
    negative_prompt: str = ""
    styles: tuple[str, ...] = ()
    sampler_name: str | None = None
    scheduler: str | None = None
    steps: int | None = None
    cfg_scale: float | None = None
    width: int | None = None
    height: int | None = None
    batch_size: int = 1
    batch_count: int = 1
    seed: int | None = None
    """-1 and None: a random one."""
    subseed: int | None = None
    subseed_strength: float = 0.0
    seed_resize_from_w: int = 0
    seed_resize_from_h: int = 0
    clip_skip: int | None = None
    eta: float | None = None
    s_churn: float | None = None
    s_tmin: float | None = None
    s_tmax: float | None = None
    s_noise: float | None = None
    s_min_uncond: float | None = None
    checkpoint: str | None = None
    """Any name by which the catalog finds a checkpoint; None: the one chosen in the settings."""
    save_images: bool | None = None
    override_settings: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """Settings (A1111 keys) in force for this request only."""

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object without what is at its default."""
        values = {}
        for item in fields(self):
            value = getattr(self, item.name)
            if value not in (item.default, {}):
                values[item.name] = _plain(value)
        return values

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> GenerationRequest:
        """Read what ``to_json`` wrote, or a person's JSON.

        Raises: InvalidRequestError naming the field for an unknown name or a value of the wrong kind.
        """
        known = {item.name: str(item.type) for item in fields(cls)}
        for name in values:
            if name not in known:
                raise InvalidRequestError(name, f"A request has no field {name[:60]!r}.")
        return cls(**{name: _check(name, known[name], value) for name, value in values.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value


def _check(name: str, kind: str, value: Any) -> Any:
    if value is None and kind.endswith("| None"):
        return None
    expected, convert = _READERS[kind.removesuffix(" | None")]
    converted = convert(value)
    if converted is None:
        raise InvalidRequestError(name, f"{name} must be {expected}, not {str(value)[:60]!r}.")
    return converted


def _read_int(value: Any) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, float) and math.isfinite(value) and value == int(value) else None


def _read_float(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        # An int stays one: A1111 writes "CFG scale: 7" for a whole number typed into the page.
        return value if math.isfinite(value) else None
    except OverflowError:
        return None


def _read_styles(value: Any) -> tuple[str, ...] | None:
    if isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value):
        return tuple(value)
    return None


_READERS: dict[str, tuple[str, Any]] = {
    "str": ("text", lambda value: value if isinstance(value, str) else None),
    "int": ("a whole number", _read_int),
    "float": ("a finite number", _read_float),
    "bool": ("true or false", lambda value: value if isinstance(value, bool) else None),
    "tuple[str, ...]": ("a list of names", _read_styles),
    "Mapping[str, Any]": ("an object of settings", lambda value: dict(value) if isinstance(value, Mapping) else None),
}
