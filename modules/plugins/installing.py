"""What extensions need besides themselves: ``install.py`` and ``requirements.txt``, run once, within limits."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from modules.foundation.errors import WebUIError
from modules.foundation.files import atomic_write
from modules.plugins.call_log import CallLog
from modules.plugins.constraints import our_packages, refused_move, unmet, write_constraints
from modules.plugins.record import PluginRecord

PATIENCE_S = 1800.0
LAUNCH_ARGUMENTS = "COMMANDLINE_ARGS"
_SHOWN_LINES = 12
log = logging.getLogger(__name__)


class InstallationError(WebUIError):
    """Something that an extension needs could not be installed."""


@dataclass(frozen=True)
class Installer:
    """Runs pip and ``install.py`` so that nothing of ours is moved. ``cache``: where stamps and constraints lie."""

    program: Path
    cache: Path
    arguments: tuple[str, ...] = ()
    """Launch options that ``install.py`` is to know of as well: where data and models lie."""
    patience_s: float = PATIENCE_S

    def install(self, plugin: PluginRecord) -> bool:
        """Install what a plugin needs, unless that was done before; say whether anything was run.

        Raises: InstallationError.
        """
        if not self.is_due(plugin):
            return False
        script, requirements = plugin.file("install.py"), plugin.file("requirements.txt")
        if script:
            log.info("Running %s", script)
            self._run([sys.executable, str(script)], plugin.name)
        elif requirements and unmet(requirements):
            self.run_pip(["install", "-r", str(requirements)], plugin.name)
        self._write_stamp(plugin.name, self.fingerprint(plugin))
        return True

    def is_due(self, plugin: PluginRecord) -> bool:
        """Say whether a plugin needs anything that was not installed for it before."""
        stamp = self.fingerprint(plugin)
        return bool(stamp) and self._stamps().get(plugin.name) != stamp

    def fingerprint(self, plugin: PluginRecord) -> str:
        """Return what must not have changed since the last installation; empty where there is nothing to install."""
        files = [path for name in ("install.py", "requirements.txt") if (path := plugin.file(name))]
        if not files:
            return ""
        digest = hashlib.sha256(f"{sys.prefix} {sys.version_info[:2]}".encode())
        for path in files:
            digest.update(path.read_bytes())
        return digest.hexdigest()

    def run_pip(self, arguments: Sequence[str], what: str) -> str:
        """Run pip, such as ``["install", "einops"]``; return what it said. Raises: InstallationError."""
        options = ["--no-input", "--disable-pip-version-check"]
        if arguments[:1] == ["install"]:
            options += ["--prefer-binary", "--progress-bar", "off", "--no-warn-script-location"]
        return self._run([sys.executable, "-m", "pip", arguments[0], *options, *arguments[1:]], what)

    def forget(self, name: str) -> None:
        """Install anew at the next opportunity."""
        stamps = self._stamps()
        if stamps.pop(name, None) is not None:
            atomic_write(self._stamp_file, json.dumps(stamps).encode())

    def _run(self, command: Sequence[str], what: str) -> str:
        try:
            done = subprocess.run(command, cwd=self.program, env=self._environment(), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8",
                                  errors="replace", timeout=self.patience_s, check=False)
        except subprocess.TimeoutExpired as error:
            raise InstallationError(f"The installation of {what} took longer than {self.patience_s:g} seconds.",
                                    remedy="Check the network connection, then start again.") from error
        for line in done.stdout.splitlines():
            log.info("%s: %s", what, line)
        if done.returncode:
            raise self._explain(what, done.stdout)
        return done.stdout

    def _explain(self, what: str, output: str) -> InstallationError:
        moved = refused_move(output, our_packages(self._requirements))
        if moved:
            package, wanted, ours = moved
            return InstallationError(
                f"{what} wants {package}{wanted}, but the web UI runs on {package} {ours}; nothing was installed.",
                remedy="Look for a newer version of the extension, or ask its author to allow this version.")
        excerpt = "\n".join(output.splitlines()[-_SHOWN_LINES:])
        return InstallationError(f"The installation of {what} failed:\n{excerpt}",
                                 remedy="It is tried again at the next start; --skip-install leaves it out.")

    def _environment(self) -> dict[str, str]:
        path = self.cache / "constraints.txt"
        write_constraints(path, our_packages(self._requirements))
        own = {"PYTHONPATH": os.pathsep.join(filter(None, (str(self.program), os.environ.get("PYTHONPATH", "")))),
               "PIP_CONSTRAINT": str(path), "PIP_NO_INPUT": "1", "PYTHONIOENCODING": "utf-8",
               "GIT_TERMINAL_PROMPT": "0",
               LAUNCH_ARGUMENTS: f"{os.environ.get(LAUNCH_ARGUMENTS, '')} {shlex.join(self.arguments)}".strip()}
        return {**os.environ, **own}

    @property
    def _requirements(self) -> Path:
        return self.program / "requirements.txt"

    @property
    def _stamp_file(self) -> Path:
        return self.cache / "installed.json"

    def _stamps(self) -> dict[str, str]:
        try:
            content = json.loads(self._stamp_file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}

    def _write_stamp(self, name: str, stamp: str) -> None:
        atomic_write(self._stamp_file, json.dumps({**self._stamps(), name: stamp}).encode())


def install_all(installer: Installer, plugins: Sequence[PluginRecord], calls: CallLog) -> Iterator[str]:
    """Install what active plugins need, one after another; yield a sentence about each that ran anything.

    A failure is kept in ``calls`` and holds up nobody else.
    """
    for plugin in plugins:
        if installer.is_due(plugin) and calls.call(plugin.name, "install", installer.install, plugin):
            yield f"What the extension {plugin.name} needs is installed."
