"""``metadata.ini``: what an extension says about itself and about the order in which it wants to be."""

from __future__ import annotations

import configparser
import re
from dataclasses import dataclass, field
from pathlib import Path

_LARGEST_FILE = 256 * 1024


@dataclass(frozen=True)
class Wishes:
    """Where something wants to stand. Each entry of ``requires`` lists alternatives, of which one is enough."""

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    requires: tuple[tuple[str, ...], ...] = ()

    def __add__(self, other: Wishes) -> Wishes:
        return Wishes(self.before + other.before, self.after + other.after, self.requires + other.requires)


@dataclass(frozen=True)
class PluginMetadata:
    """What ``metadata.ini`` says. Without the file, nothing."""

    sections: dict[str, Wishes] = field(default_factory=dict)
    """Wishes by lower-case name of their section."""
    problem: str = ""

    def wishes(self, *sections: str) -> Wishes:
        """Join the wishes of several sections."""
        return sum((self.sections.get(name.lower(), Wishes()) for name in sections), Wishes())


def read_metadata(root: Path) -> PluginMetadata:
    """Read the file of an extension; what cannot be read is left out and told in ``problem``."""
    path = root / "metadata.ini"
    if not path.is_file():
        return PluginMetadata()
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    problem = ""
    try:
        with open(path, encoding="utf-8-sig", errors="replace") as file:
            parser.read_string(file.read(_LARGEST_FILE), str(path))
    except (OSError, configparser.Error) as error:
        problem = f"metadata.ini cannot be read in full: {str(error).splitlines()[0]}"
    return PluginMetadata({name.lower(): _wishes(parser[name]) for name in parser.sections()}, problem)


def _wishes(section: configparser.SectionProxy) -> Wishes:
    return Wishes(_flat(section.get("Before", "")), _flat(section.get("After", "")), _alternatives(
        section.get("Requires", "")))


def _flat(text: str) -> tuple[str, ...]:
    return tuple(name for group in _alternatives(text) for name in group)


def _alternatives(text: str) -> tuple[tuple[str, ...], ...]:
    """Read ``a, b|c`` as a, and b or c."""
    groups = re.split(r"[,\s]+", re.sub(r"\s*\|\s*", "|", text or "").lower())
    return tuple(names for names in (tuple(filter(None, group.split("|"))) for group in groups) if names)
