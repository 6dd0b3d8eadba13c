"""What is known about an extension without running any of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from modules.plugins.git_facts import GitFacts
from modules.plugins.metadata import PluginMetadata

MOST_FILES = 2000
"""As many of a kind are looked at; a folder with more is not an extension's."""


@dataclass(frozen=True)
class PluginRecord:
    """A folder below ``extensions`` or ``extensions-builtin``."""

    name: str
    root: Path
    builtin: bool
    enabled: bool
    metadata: PluginMetadata
    git: GitFacts | None = None

    @property
    def canonical_name(self) -> str:
        """The name by which others refer to it."""
        return self.name.lower()

    @property
    def origin(self) -> str:
        """Where it came from, for people."""
        if self.builtin:
            return "built in"
        return self.git.remote if self.git and self.git.remote else "a folder of this computer"

    @property
    def scripts(self) -> list[Path]:
        return self.files("scripts", (".py",))

    @property
    def style(self) -> Path | None:
        return self.file("style.css")

    def file(self, name: str) -> Path | None:
        """Return a file at the root, if it is there."""
        path = self.root / name
        return path if path.is_file() else None

    def files(self, folder: str, endings: tuple[str, ...]) -> list[Path]:
        """List the files of a folder, by name."""
        return list_files(self.root / folder, endings)


def list_files(folder: Path, endings: tuple[str, ...]) -> list[Path]:
    """List the files of a folder with these endings, by name."""
    try:
        return sorted(path for path in folder.iterdir() if path.suffix in endings and path.is_file())[:MOST_FILES]
    except OSError:
        return []
