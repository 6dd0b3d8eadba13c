"""Flags and folders as A1111 names them, also where no program runs: ``install.py`` is a process of its own."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, TypeVar

from modules.api.sdapi.launch_flags import describe_flags
from modules.compat.host import HOST, Host
from modules.settings.flag_parser import launch_parser
from modules.settings.flags import PROGRAM_FOLDER, LaunchFlags, launch_arguments, parse_launch_flags

T = TypeVar("T")


class OncePerHost(Generic[T]):
    """Makes an object when it is first asked for; every program, and none, has its own."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: dict[int, tuple[Host | None, T]] = {}

    def __call__(self) -> T:
        host = HOST.require() if HOST.attached else None
        if id(host) not in self._made:
            self._made[id(host)] = host, self._make()
        return self._made[id(host)][1]


def flags_in_force() -> LaunchFlags:
    """Return the running program's flags, else what the environment says. Raises: ConfigurationError."""
    if HOST.attached:
        return HOST.require().flags
    return _flags_of_environment()


def make_command_options() -> argparse.Namespace:
    """Return the flags under A1111's names, with the folders that A1111 always knows."""
    flags = flags_in_force()
    data, models = flags.data_dir, flags.models_dir
    named: dict[str, Any] = {action.dest: action.default for action in launch_parser()._actions
                             if action.dest not in ("help", "notices")}
    named |= describe_flags(flags)
    named |= {f"{kind}_models_path": str(models / folder) for kind, folder in MODEL_FOLDERS.items()
              if not named.get(f"{kind}_models_path")}
    for name, value in {
            "ui_config_file": data / "ui-config.json", "styles_file": [str(data / "styles.csv")],
            "localizations_dir": PROGRAM_FOLDER / "localizations", "port": flags.port, "theme": flags.theme,
            "textual_inversion_templates_dir": PROGRAM_FOLDER / "textual_inversion_templates",
            "extensions_dir": data / "extensions"}.items():
        if not named.get(name):
            named[name] = str(value) if isinstance(value, Path) else value
    return argparse.Namespace(**{**named, **flags.plugin_values})


MODEL_FOLDERS = {"codeformer": "Codeformer", "gfpgan": "GFPGAN", "esrgan": "ESRGAN", "bsrgan": "BSRGAN",
                 "realesrgan": "RealESRGAN", "dat": "DAT", "swinir": "SwinIR", "scunet": "ScuNET", "ldsr": "LDSR"}

command_options: OncePerHost[argparse.Namespace] = OncePerHost(make_command_options)
_flags_of_environment: OncePerHost[LaunchFlags] = OncePerHost(
    lambda: parse_launch_flags(launch_arguments([], os.environ), lenient=True))
