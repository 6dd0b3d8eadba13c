"""The scripts that were found. Extensions look through these lists, which stay the same objects."""

from __future__ import annotations

from types import ModuleType
from typing import Any, NamedTuple


class ScriptClassData(NamedTuple):
    """A class that a file defined."""

    script_class: Any
    path: str
    basedir: str
    module: ModuleType
    plugin: str = ""


class ScriptFile(NamedTuple):
    """A file, and the root of the plugin it belongs to."""

    basedir: str
    filename: str
    path: str


scripts_data: list[ScriptClassData] = []
postprocessing_scripts_data: list[ScriptClassData] = []
