"""From an infotext to the values of a tab's controls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from modules.artefacts.overrides import OVERRIDE_OPTIONS

_READERS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "prompt": ("Prompt", str),
    "negative_prompt": ("Negative prompt", str),
    "steps": ("Steps", lambda value: int(float(value))),
    "cfg_scale": ("CFG scale", float),
    "width": ("Size-1", int),
    "height": ("Size-2", int),
    "batch_size": ("Batch size", int),
    "seed": ("Seed", int),
    "subseed": ("Variation seed", int),
    "subseed_strength": ("Variation seed strength", float),
    "seed_resize_from_w": ("Seed resize from-1", int),
    "seed_resize_from_h": ("Seed resize from-2", int),
}
_EXTRA_SEED = ("Variation seed", "Seed resize from-1")


def control_values(fields: Mapping[str, Any], sampler_name: str, scheduler: str) -> dict[str, Any]:
    """Return the values that a parsed infotext gives to controls, by control name.

    What the text does not say, or says in a way that cannot be read, is left out, and the control stays as
    it is. ``sampler_name`` and ``scheduler`` are what the registry made of the text's names.
    """
    values = {}
    for name, (key, read) in _READERS.items():
        if key in fields:
            try:
                values[name] = read(fields[key])
            except (TypeError, ValueError, OverflowError):
                continue
    if "Styles array" in fields:
        values["styles"] = list(fields["Styles array"])
    if "Sampler" in fields:
        values |= {"sampler_name": sampler_name, "scheduler": scheduler}
    values["extra_seed"] = any(key in fields for key in _EXTRA_SEED)
    return values


def override_settings(lines: Iterable[str]) -> dict[str, str]:
    """Read ``infotext key: value`` lines into settings by their A1111 key; other lines are left out."""
    pairs = (line.partition(":") for line in lines)
    return {OVERRIDE_OPTIONS[key.strip()]: value.strip() for key, _, value in pairs if key.strip() in OVERRIDE_OPTIONS}
