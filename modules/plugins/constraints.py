"""What an extension's installation may not move: our own packages and everything they need, at what is installed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from modules.foundation.files import atomic_write

_FOR_BUILDING = {"setuptools"}
"""Pinned, these would keep packages from being built that ask for another one only while they are built."""


_TOLD = re.compile(r"wants (?P<package>[\w.-]+?)(?P<wanted>[<>=!~]\S*)?, but the web UI runs on \S+ (?P<ours>\S+);")
"""What ``install.py`` was told when it asked the web UI to run pip."""


def our_packages(requirements: Path) -> dict[str, str]:
    """Return the installed version of each package we need, by name, down to the last dependency."""
    versions: dict[str, str] = {}
    waiting = list(_read_names(requirements))
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name in versions or name in _FOR_BUILDING:
            continue
        try:
            found = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        versions[name] = found.version
        waiting += _needed(found.requires or ())
    return versions


def write_constraints(path: Path, versions: Mapping[str, str]) -> None:
    """Write the file that pip is given. Raises: OutputError."""
    lines = ["# What the web UI runs on. Extensions are installed beside it, not in place of it.",
             *(f"{name}=={version}" for name, version in sorted(versions.items()))]
    atomic_write(path, "\n".join([*lines, ""]).encode())


def is_installed(requirement: str) -> bool:
    """Say whether a requirement such as ``einops`` or ``rich>=13`` is met; a module's name will do as well."""
    try:
        wanted = Requirement(requirement)
    except InvalidRequirement:
        return False
    try:
        return wanted.specifier.contains(metadata.version(wanted.name), prereleases=True)
    except metadata.PackageNotFoundError:
        return _has_module(wanted.name) and not wanted.specifier


def unmet(requirements: Path) -> list[str]:
    """Return the lines of a file of requirements that are not met, as far as names and versions tell."""
    lines = [line.split(" #")[0].strip() for line in _lines(requirements)]
    return [line for line in lines if line and not line.startswith("#") and not _is_met(line)]


def refused_move(output: str, versions: Mapping[str, str]) -> tuple[str, str, str] | None:
    """Find in pip's words which of our packages was to be moved: (package, wanted, ours)."""
    for line in output.splitlines():
        told = _TOLD.search(line)
        if told:
            return told["package"], told["wanted"] or "", told["ours"]
        match = re.search(r"(?:Cannot install|The user requested \(constraint\)|requires?|depends on|requested)\s+(.+)",
                          line)
        if match is None or "(constraint)" in line:
            continue
        for piece in re.split(r"\s+and\s+|\s+because\b|;", match[1]):
            found = _moved(piece.strip(), versions)
            if found:
                return found
    return None


def _moved(text: str, versions: Mapping[str, str]) -> tuple[str, str, str] | None:
    try:
        wanted = Requirement(text.rstrip("."))
    except InvalidRequirement:
        return None
    ours = versions.get(canonicalize_name(wanted.name))
    if ours is None or wanted.specifier.contains(ours, prereleases=True):
        return None
    return wanted.name, str(wanted.specifier), ours


def _is_met(line: str) -> bool:
    try:
        wanted = Requirement(line)
    except InvalidRequirement:
        return False  # an address or an option: pip knows
    if wanted.marker is not None and not wanted.marker.evaluate():
        return True
    return wanted.url is None and is_installed(f"{wanted.name}{wanted.specifier}")


def _needed(requirements: Iterable[str]) -> list[str]:
    parsed = map(Requirement, requirements)
    return [one.name for one in parsed if one.marker is None or one.marker.evaluate({"extra": ""})]


def _read_names(requirements: Path) -> list[str]:
    lines = (line.split("#")[0].strip() for line in _lines(requirements))
    return [Requirement(line).name for line in lines if line]


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _has_module(name: str) -> bool:
    import importlib.util

    try:
        return importlib.util.find_spec(name.replace("-", "_")) is not None
    except (ImportError, ValueError):
        return False
