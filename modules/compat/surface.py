"""What of A1111's Python surface there is, name by name: the one table behind façade, documentation and tests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

TIERS = ("works", "partly", "unsupported")
TABLE = Path(__file__).with_name("surface.json")


class SurfaceRow(NamedTuple):
    """A name that extensions use. ``note``: what differs, or what to use in its place."""

    module: str
    name: str
    tier: str
    note: str


def rows() -> Iterator[SurfaceRow]:
    """List every name, module by module."""
    for module, entry in _table().items():
        for tier in TIERS:
            for name, note in _named(entry.get(tier, {})):
                yield SurfaceRow(module, name, tier, note)


def instead_of(module: str, name: str) -> str | None:
    """Say what to use in the place of a name that cannot exist here; None for names nobody listed."""
    missing = _table().get(module, {}).get("unsupported", {})
    return dict(_named(missing)).get(name)


def describe() -> str:
    """Write the documentation of the surface. Markdown."""
    lines = [_INTRODUCTION]
    for module, entry in _table().items():
        lines.append(f"\n## {module}\n")
        for tier in TIERS:
            by_note: dict[str, list[str]] = {}
            for name, note in _named(entry.get(tier, {})):
                by_note.setdefault(note, []).append(f"`{name}`")
            lines += [f"* **{tier}** {', '.join(names)}{f': {note}' if note else ''}"
                      for note, names in by_note.items()]
        lines.append(f"\nTested by `{evidence_of(module)}`.")
    return "\n".join(lines) + "\n"


def evidence_of(module: str) -> str:
    """Return the test in which names of a module are put to use."""
    return str(_table()[module]["evidence"])


_INTRODUCTION = """# What extensions find

Generated from `modules/compat/surface.json` by `python3 tools/write_plugin_surface.py`; the tests check every row.

* **works**: as in A1111 v1.10.1.
* **partly**: there, with the difference that is told.
* **unsupported**: can be imported, so that an extension loads; using it raises an error that names what to use instead.

What is not listed raises `AttributeError` (or `ImportError`), as a name that never existed does."""


def _named(names: dict[str, str] | list[str]) -> list[tuple[str, str]]:
    return list(names.items()) if isinstance(names, dict) else [(name, "") for name in names]


@cache
def _table() -> dict[str, dict[str, Any]]:
    table: dict[str, dict[str, Any]] = json.loads(TABLE.read_text(encoding="utf-8"))
    return table
