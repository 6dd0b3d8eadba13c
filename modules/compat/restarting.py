"""``modules.restart`` and ``modules.script_loading``: what an extension may ask of the program as a whole."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

from modules.compat.facade import facade
from modules.plugins.importing import current_basedir, current_owner, import_plugin_file


def is_restartable() -> bool:
    """Say whether the program can start itself again: whoever started it does that."""
    return False


def restart_program() -> None:
    """Note that a restart is wanted."""
    facade("shared").state.request_restart()


def stop_program() -> None:
    """Note that an end is wanted."""
    facade("shared").state.request_restart()


def load_module(path: str) -> ModuleType:
    """Run a script's file and return its module. Raises: whatever the file raises."""
    file = Path(path)
    return import_plugin_file(file, current_owner() or file.parent.name, current_basedir() or file.parent)
