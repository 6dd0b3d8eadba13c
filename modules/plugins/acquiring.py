"""Bringing extensions in and taking them out. What is taken out is kept in a folder, not deleted."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import stat
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath

from modules.foundation.errors import ConfigurationError, InvalidRequestError, NotAllowedError, NotFoundError
from modules.plugins.git import Git, GitError, check_address, check_branch
from modules.plugins.record import PluginRecord

TRASH = ".trash"
_ARRIVING = ".arriving-"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._ +-]{0,99}")
_MOST_FILES, _MOST_BYTES = 20_000, 2 * 2**30


@dataclass(frozen=True)
class Acquisition:
    """Installs, updates and removes folders below ``extensions``. ``allowed``: not where strangers might ask."""

    extensions: Path
    allowed: bool = True
    git: Git = field(default_factory=Git)
    check: Callable[[str], str] = check_address

    def install(self, source: str, name: str = "", branch: str = "") -> str:
        """Install from the address of a repository, from a folder or from a zip file; return the folder's name.

        Raises: NotAllowedError, InvalidRequestError, NotFoundError, GitError.
        """
        self.require_allowed()
        source, branch = source.strip().strip('"'), check_branch(branch)
        local = Path(source).expanduser() if source and "://" not in source else None
        if local is not None and local.is_absolute():
            return self._bring(name or local.stem, lambda target: _copy(local, target))
        address = self.check(source)
        return self._bring(name or _last_part(address), lambda target: self.git.clone(address, target, branch))

    def update(self, plugin: PluginRecord) -> bool:
        """Bring a clone to its newest state; say whether anything changed.

        Raises: NotAllowedError, ConfigurationError, GitError.
        """
        self.require_allowed()
        _require_clone(plugin)
        return self.git.update(plugin.root)

    def newer_commits(self, plugin: PluginRecord) -> int:
        """Ask how far a clone is behind. Raises: NotAllowedError, ConfigurationError, GitError."""
        self.require_allowed()
        _require_clone(plugin)
        return self.git.commits_behind(plugin.root)

    def uninstall(self, plugin: PluginRecord) -> Path:
        """Move an extension into the folder of removed ones; return where it is.

        Raises: NotAllowedError, ConfigurationError.
        """
        self.require_allowed()
        if plugin.builtin:
            raise ConfigurationError(f"{plugin.name} came with the program.", remedy="Switch it off instead.")
        trash = self.extensions / TRASH
        trash.mkdir(exist_ok=True)
        target = trash / f"{plugin.name}-{datetime.now():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
        os.replace(plugin.root, target)
        return target

    def require_allowed(self) -> None:
        """Raises: NotAllowedError where other computers can reach the server."""
        if not self.allowed:
            raise NotAllowedError(
                "Other computers can reach this server, so extensions are not installed, updated or removed from the "
                "page: they run as programs on this computer.",
                remedy="Start with --enable-insecure-extension-access, or put the folder into extensions yourself.")

    def _bring(self, name: str, fetch: Callable[[Path], None]) -> str:
        """Fetch beside the place and rename at the end, so that a half extension is never there."""
        name = check_name(name)
        target = self.extensions / name
        taken = {path.name.lower() for path in self.extensions.iterdir()} if self.extensions.is_dir() else set()
        if name.lower() in taken:
            raise InvalidRequestError("name", f"There is an extension named {name} already.",
                                      remedy="Update or uninstall it, or give the new one another name.")
        self.extensions.mkdir(parents=True, exist_ok=True)
        arriving = self.extensions / f"{_ARRIVING}{secrets.token_hex(6)}"
        try:
            fetch(arriving)
            os.replace(arriving, target)
        except OSError as error:
            raise GitError(f"{name} could not be installed: {error.strerror or error}.",
                           remedy="Check that the folder extensions can be written to.") from error
        finally:
            remove_tree(arriving)
        return name


def check_name(name: str) -> str:
    """Return a name that a folder can have. Raises: InvalidRequestError."""
    name = name.strip()
    if not _NAME.fullmatch(name) or name.endswith((".", " ")) or ".." in name:
        raise InvalidRequestError("name", f"{name[:80]!r} cannot be the name of an extension's folder.",
                                  remedy="Use letters, digits, dashes and underscores.")
    return name


def remove_tree(folder: Path) -> None:
    """Delete a folder if it is there, also what git has made read-only."""

    def force(function: Callable[[str], object], path: str, _: object) -> None:
        Path(path).chmod(stat.S_IWRITE)
        function(path)

    if folder.exists():
        shutil.rmtree(folder, onerror=force)


def _require_clone(plugin: PluginRecord) -> None:
    if plugin.git is None or not plugin.git.remote:
        raise ConfigurationError(f"{plugin.name} was not installed from a repository, so nothing is known of newer "
                                 "versions.", remedy="Replace its folder yourself.")


def _last_part(address: str) -> str:
    return re.split(r"[/:]", address.rstrip("/"))[-1].removesuffix(".git")


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    elif source.suffix.lower() == ".zip" and source.is_file():
        _unpack(source, target)
    else:
        raise NotFoundError(f"{source} is not a folder and not a zip file.", remedy="Check the path.")


def _unpack(source: Path, target: Path) -> None:
    """Unpack a zip file; a single folder in it, such as GitHub's, is the extension itself."""
    try:
        with zipfile.ZipFile(source) as pack:
            entries = [entry for entry in pack.infolist() if not entry.is_dir()]
            _check_entries(entries)
            tops = {PurePosixPath(entry.filename).parts[0] for entry in entries}
            nested = len(tops) == 1 and all(len(PurePosixPath(entry.filename).parts) > 1 for entry in entries)
            for entry in entries:
                parts = PurePosixPath(entry.filename).parts[1 if nested else 0:]
                place = target.joinpath(*parts)
                place.parent.mkdir(parents=True, exist_ok=True)
                with pack.open(entry) as packed, open(place, "wb") as file:
                    shutil.copyfileobj(packed, file)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise InvalidRequestError("url", f"{source.name} cannot be unpacked: {error}.") from error


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    """Refuse what would be written elsewhere, links, and far too much. Raises: InvalidRequestError."""
    for entry in entries:
        path = PurePosixPath(entry.filename)
        if (path.is_absolute() or ".." in path.parts or "\\" in entry.filename or ":" in entry.filename
                or stat.S_ISLNK(entry.external_attr >> 16)):
            raise InvalidRequestError("url", f"The zip file holds {entry.filename[:80]!r}, which would lie elsewhere.")
    if not entries or len(entries) > _MOST_FILES or sum(entry.file_size for entry in entries) > _MOST_BYTES:
        raise InvalidRequestError("url", "The zip file is empty or far too large for an extension.")


