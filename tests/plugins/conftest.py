from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from modules.plugins.discovery import PluginPlaces
from modules.plugins.record import PluginRecord


class Tree:
    """A program folder and a data folder, and what a test puts there."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.program = root / "program"
        self.extensions = root / "data" / "extensions"
        self.places = PluginPlaces(self.program, self.extensions)
        self.extensions.mkdir(parents=True)
        (self.program).mkdir()
        (self.program / "requirements.txt").write_text("numpy\npillow\n")

    def write(self, path: str, text: str = "") -> Path:
        """Write a file, below ``scripts``, ``extensions-builtin`` or ``extensions``."""
        base = self.extensions.parent if path.startswith("extensions/") else self.program
        target = base / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        return target

    def record(self, name: str) -> PluginRecord:
        from modules.plugins.discovery import Switches, discover

        found = discover(self.places, Switches()).find(name)
        assert found is not None
        return found


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


@pytest.fixture
def shelf_of(tree: Tree) -> Callable[..., object]:
    """Build a shelf over the tree, for flags given on the command line."""
    from modules.plugins.call_log import CallLog
    from modules.plugins.shelf import PluginShelf
    from modules.settings.flags import parse_launch_flags
    from modules.settings.store import SettingsStore

    def build(*arguments: str) -> PluginShelf:
        flags = parse_launch_flags(["--data-dir", str(tree.extensions.parent), *arguments])
        return PluginShelf(flags, SettingsStore(flags.ui_settings_file), CallLog(), program=tree.program)

    return build
