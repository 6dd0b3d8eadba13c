"""The environment the program runs in: made at the first start, checked by a stamp, and entered.

Standard library only. A start that finds its stamp runs no pip at all.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from modules.foundation.errors import ConfigurationError
from modules.settings.flags import SetupFlags

ROOT = Path(__file__).resolve().parents[2]
NEWEST_PYTHON = (3, 14)
_VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"
_STAMPS = "webui-setup.json"
_CONSTRAINTS = "constraints.txt"
_ENTERED = "WEBUI_ENVIRONMENT_ENTERED"
_QUIET = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "DIFFUSERS_DISABLE_REMOTE_CODE": "1",
}
"""Libraries would otherwise report home, look for updates, or run code they downloaded."""


@dataclass(frozen=True)
class Part:
    """Something to install, with a stamp of its own."""

    name: str
    label: str
    requirements: str

    def fingerprint(self, root: Path) -> str:
        """Return what must not have changed since the part was installed."""
        digest = hashlib.sha256(_VERSION.encode())
        for name in (self.requirements, _CONSTRAINTS):
            digest.update((root / name).read_bytes())
        return digest.hexdigest()


WEBUI = Part("webui", "the web UI's packages", "requirements.txt")
TESTS = Part("tests", "the test packages", "requirements-test.txt")


class Environment:
    """``.venv`` beside ``webui.py``, or with ``--no-venv`` the Python that is running."""

    def __init__(self, setup: SetupFlags, root: Path = ROOT) -> None:
        self._setup = setup
        self._root = root
        self.folder = Path(sys.prefix) if setup.no_venv else root / ".venv"
        self.python = _interpreter(self.folder)

    @property
    def is_running(self) -> bool:
        """Whether this process already runs in it."""
        return Path(sys.prefix).resolve() == self.folder.resolve()

    def prepare(self, *parts: Part) -> None:
        """Install whichever parts are missing or have changed.

        Raises: SetupError, ConfigurationError, OutputError.
        """
        for name, value in _QUIET.items():
            os.environ.setdefault(name, value)
        if os.environ.pop(_ENTERED, ""):
            return  # the process that started this one has just done it
        missing = self.missing(*parts)
        if not missing:
            return
        if sys.version_info[:2] > NEWEST_PYTHON:
            raise ConfigurationError(f"Python {_VERSION} is newer than the packages support.",
                                     remedy="Use Python 3.10 to 3.14, or --skip-install.")
        self._install(missing)

    def enter(self) -> None:
        """Go on inside, if it exists: where that needs a new process, this does not return."""
        if self.is_running or not self.python.exists():
            return
        os.environ[_ENTERED] = "1"
        command = [str(self.python), *sys.orig_argv[1:]]
        if os.name == "nt":
            sys.exit(_run_to_the_end(command))
        os.execv(command[0], command)

    def stamps(self) -> dict[str, str]:
        """Return what is installed: a fingerprint for each part, and the build of PyTorch."""
        try:
            content = json.loads((self.folder / _STAMPS).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return content if isinstance(content, dict) and self._is_whole() else {}

    def missing(self, *parts: Part) -> list[Part]:
        """Return what ``prepare`` would install."""
        if self._setup.skip_install:
            return []
        stamps = self.stamps()
        if self._wants_torch(stamps.get("torch")):
            return list(parts)  # another build of PyTorch needs other packages beside it
        return [part for part in parts if stamps.get(part.name) != part.fingerprint(self._root)]

    def _wants_torch(self, installed: str | None) -> bool:
        """A card that has appeared matters; one that is away for now (a container, a driver) does not."""
        if self._setup.reinstall_torch or installed is None:
            return True
        if self._setup.torch_index:
            return installed != self._setup.torch_index.rstrip("/")
        from modules.application.torch_build import has_nvidia

        return installed == "cpu" and has_nvidia()

    def _torch_index(self, installed: str | None) -> str | None:
        """The index asked for now or before; ``--reinstall-torch`` alone goes back to the automatic choice."""
        chosen_before = installed if installed and "://" in installed and not self._setup.reinstall_torch else None
        return self._setup.torch_index or chosen_before

    def _install(self, parts: Sequence[Part]) -> None:
        from modules.application.installation import Installation
        from modules.application.torch_build import choose_build

        installation = Installation(self.python, self._root / _CONSTRAINTS, self._root / ".cache" / "setup.log")
        stamps = self.stamps()
        print(f"Updating {self.folder}." if stamps else
              f"Setting up {self.folder}: this happens once and takes a few minutes.", flush=True)
        if not self._is_whole():
            installation.create(self.folder)
        if WEBUI in parts:
            installed = stamps.get("torch")
            build = choose_build(self._torch_index(installed))
            installation.install_torch(build, again=installed is not None and self._wants_torch(installed))
            stamps["torch"] = build.name
            self._write(stamps)
        for part in parts:
            installation.install(part.label, self._root / part.requirements)
            stamps[part.name] = part.fingerprint(self._root)
            self._write(stamps)

    def _is_whole(self) -> bool:
        """Whether it was made by this version of Python, to the end."""
        library = self.folder / ("Lib" if os.name == "nt" else f"lib/python{_VERSION}")
        return self.is_running or (self.python.exists() and (library / "site-packages" / "pip").is_dir())

    def _write(self, stamps: dict[str, str]) -> None:
        from modules.foundation.files import atomic_write

        atomic_write(self.folder / _STAMPS, json.dumps(stamps).encode())


def _interpreter(folder: Path) -> Path:
    if Path(sys.prefix) == folder:
        return Path(sys.executable)
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _run_to_the_end(command: Sequence[str]) -> int:
    import subprocess

    process = subprocess.Popen(command)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # the program gets it too, and ends in its own time
            continue
