"""``modules.extensions``: which extensions there are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from modules.compat.host import HOST
from modules.compat.scripts.registry import ScriptFile
from modules.plugins.record import PluginRecord


class Extension:
    """A folder of an extension, as it was found."""

    status, can_update, have_info_from_repo = "", False, True

    def __init__(self, record: PluginRecord) -> None:
        self._record = record
        git = record.git
        self.name, self.path, self.enabled = record.name, str(record.root), record.enabled
        self.is_builtin, self.canonical_name = record.builtin, record.canonical_name
        self.metadata: Any = record.metadata
        self.remote = git.remote if git else None
        self.branch = git.branch if git else None
        self.commit_hash = git.commit if git else ""
        self.commit_date: float | None = None
        self.version = self.commit_hash[:8] if self.commit_hash else ""

    def read_info_from_repo(self) -> None:
        """Do nothing: it was read when the folder was found."""

    def list_files(self, subdir: str, extension: str) -> list[ScriptFile]:
        """List its files of one kind."""
        return [ScriptFile(self.path, path.name, str(path)) for path in self._record.files(subdir, (extension,))]

    def check_updates(self) -> None:
        """Do nothing: the Extensions tab looks for updates."""

    def to_dict(self) -> dict[str, Any]:
        names = ("name", "path", "enabled", "is_builtin", "remote", "branch", "commit_hash", "version")
        return {name: getattr(self, name) for name in names}


def extensions() -> list[Extension]:
    """List all."""
    return [Extension(record) for record in HOST.require().discovery.plugins]


def active() -> list[Extension]:
    """List those that take part."""
    return [one for one in extensions() if one.enabled]


def extension_paths() -> dict[str, Extension]:
    """Return them by their folder."""
    return {one.path: one for one in extensions()}


def list_extensions() -> None:
    """Look into the folders again."""
    HOST.require().plugins.look()


def find_extension(filename: str) -> Extension | None:
    """Find the extension that a file belongs to."""
    path = Path(filename).absolute()
    return next((one for one in extensions() if path.is_relative_to(Path(one.path).absolute())), None)
