"""Folders as ``modules.paths`` and ``modules.paths_internal`` name them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from modules.compat.launching import flags_in_force
from modules.settings.flags import PROGRAM_FOLDER

CHECKPOINT_FILE = "model.safetensors"
modules_path = str(PROGRAM_FOLDER / "modules")
script_path = str(PROGRAM_FOLDER)
extensions_builtin_dir = str(PROGRAM_FOLDER / "extensions-builtin")
roboto_ttf_file = str(PROGRAM_FOLDER / "modules" / "imaging" / "fonts" / "Roboto-Regular.ttf")
sd_configs_path = str(PROGRAM_FOLDER / "configs")
cwd = str(Path.cwd())


def data_path() -> str:
    return str(flags_in_force().data_dir)


def models_path() -> str:
    return str(flags_in_force().models_dir)


def extensions_dir() -> str:
    return str(flags_in_force().data_dir / "extensions")


def config_filename() -> str:
    return str(flags_in_force().ui_settings_file)


def config_states_dir() -> str:
    return str(flags_in_force().data_dir / "config_states")


def default_output_dir() -> str:
    return str(flags_in_force().data_dir / "outputs")


def sd_model_file() -> str:
    return str(flags_in_force().models_dir / "Stable-diffusion" / CHECKPOINT_FILE)


LIVE: dict[str, Callable[[], object]] = {
    "data_path": data_path, "models_path": models_path, "extensions_dir": extensions_dir,
    "config_states_dir": config_states_dir, "default_output_dir": default_output_dir, "sd_model_file": sd_model_file,
    "default_sd_model_file": sd_model_file}
"""What depends on how the program was started."""
paths: dict[str, str] = {}
"""Folders of repositories that A1111 cloned; there are none."""


class Prioritize:
    """Does nothing: there are no rivalling folders to import from."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        """Nothing to prefer."""

    def __exit__(self, *_: object) -> None:
        """Nothing to undo."""
