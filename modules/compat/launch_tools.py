"""``modules.launch_utils`` and ``launch``: what ``install.py`` of extensions calls, in a process of its own."""

from __future__ import annotations

import logging
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from modules.compat.launching import flags_in_force
from modules.foundation.errors import ConfigurationError
from modules.plugins import constraints
from modules.plugins.git import Git
from modules.plugins.installing import Installer
from modules.settings.flags import PROGRAM_FOLDER

PRETENDED_VERSION = "v1.10.1"
"""The version of A1111's that extensions ask for, to know what they may use."""
NO_COMMIT = "<none>"
python = sys.executable
git = "git"
index_url = ""
dir_repos = "repositories"
script_path = str(PROGRAM_FOLDER)
log = logging.getLogger(__name__)


def git_tag() -> str:
    """Return the version of A1111's that is compatible with this program."""
    return PRETENDED_VERSION


def commit_hash() -> str:
    """Return that there is no commit of A1111's."""
    return NO_COMMIT


def is_installed(package: str) -> bool:
    """Say whether a package or module is there."""
    return constraints.is_installed(package)


def requirements_met(requirements_file: str) -> bool:
    """Say whether everything that a file of requirements names is there."""
    return not constraints.unmet(Path(requirements_file))


def run_pip(command: str, desc: str | None = None, live: bool = False) -> str:
    """Run pip within our constraints, such as ``install einops``; nothing is done with ``--skip-install``.

    Raises: InstallationError.
    """
    flags = flags_in_force()
    if flags.skip_install:
        return ""
    installer = Installer(PROGRAM_FOLDER, flags.data_dir / "cache" / "extensions")
    return installer.run_pip(shlex.split(command), desc or command)


def run(command: str, desc: str | None = None, errdesc: str | None = None, custom_env: Mapping[str, str] | None = None,
        live: bool = False) -> str:
    """Run a program, without a shell, and return what it said. Raises: ConfigurationError."""
    if desc:
        log.info("%s", desc)
    try:
        done = subprocess.run(shlex.split(command), env=dict(custom_env) if custom_env else None, check=False,
                              stdin=subprocess.DEVNULL, stdout=None if live else subprocess.PIPE,
                              stderr=None if live else subprocess.STDOUT, text=True, encoding="utf-8",
                              errors="replace")
    except OSError as error:
        raise ConfigurationError(f"{errdesc or 'This could not be run'}: {command} ({error}).") from error
    if done.returncode:
        raise ConfigurationError(f"{errdesc or 'This ended with an error'}: {command}\n{(done.stdout or '')[-2000:]}")
    return done.stdout or ""


def run_python(code: str, desc: str | None = None, errdesc: str | None = None) -> str:
    """Run a piece of Python in a process of its own. Raises: ConfigurationError."""
    return run(f"{shlex.quote(python)} -c {shlex.quote(code)}", desc, errdesc)


def check_run_python(code: str) -> bool:
    """Say whether a piece of Python runs to its end."""
    done = subprocess.run([python, "-c", code], capture_output=True, check=False, stdin=subprocess.DEVNULL)
    return done.returncode == 0


def git_clone(url: str, dir: str, name: str, commithash: str | None = None) -> None:
    """Fetch a repository into a folder, unless it is there. Raises: GitError."""
    target = Path(dir)
    if not target.exists():
        log.info("Fetching %s", name)
        Git().clone(url, target)
    if commithash:
        Git().run(["checkout", "--quiet", commithash, "--"], target)


def repo_dir(name: str) -> str:
    """Return the folder that A1111 would clone a repository into."""
    return str(PROGRAM_FOLDER / dir_repos / name)


def skip_install() -> bool:
    """Say whether nothing is to be installed."""
    return flags_in_force().skip_install


def prepare_environment() -> None:
    """Do nothing: ``webui.py`` has set everything up."""


def list_extensions(settings_file: str) -> list[str]:
    """List the folders of extensions that are not switched off."""
    from modules.plugins.discovery import PluginPlaces, Switches, discover
    from modules.settings.store import SettingsStore

    flags = flags_in_force()
    switches = Switches.of(flags, SettingsStore(Path(settings_file)).current)
    return [plugin.name for plugin in discover(PluginPlaces.of(flags, PROGRAM_FOLDER), switches).active
            if not plugin.builtin]
