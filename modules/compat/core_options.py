"""The core's settings as extensions find them among the options."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from modules.api.sdapi.foreign_options import foreign_defaults
from modules.compat.host import HOST
from modules.compat.launching import OncePerHost, flags_in_force
from modules.compat.option_info import OptionInfo
from modules.settings.option import Option
from modules.settings.sections import SECTIONS
from modules.settings.store import SettingsStore
from modules.settings.values import OPTIONS, Settings

CHECKPOINT = "sd_model_checkpoint"
FOLDER = "outdir_"
"""How the keys of output folders begin; relative ones are relative to the data folder."""
OTHERS = ("others", "Others")


def core_templates() -> dict[str, OptionInfo]:
    """Return A1111's options by key: those that act here, and those that only extensions read."""
    ours = {key: _described(section, option) for key, (section, option) in OPTIONS.items()}
    return {**ours, **{key: OptionInfo(default, key, section=OTHERS) for key, default in foreign_defaults().items()}}


def _described(section: str, option: Option) -> OptionInfo:
    facts: dict[str, Any] = {"minimum": option.minimum, "maximum": option.maximum, "step": option.step,
                             "choices": list(option.choices) or None}
    return OptionInfo(option.default, option.label, component_args={
        name: value for name, value in facts.items() if value is not None}, infotext=option.infotext or None,
        section=(section, SECTIONS[section].title))


def settings_store() -> SettingsStore:
    """Return the running program's settings, else those of the file."""
    return HOST.require().settings if HOST.attached else _store_of_file()


_store_of_file: OncePerHost[SettingsStore] = OncePerHost(lambda: SettingsStore(flags_in_force().ui_settings_file))


def settings_of_job() -> Settings:
    """Return, on the thread that makes a job's pictures, the settings it was asked for under; else those in force."""
    if HOST.attached:
        from modules.compat.current import CURRENT  # brings PyTorch along

        job = CURRENT.job
        if job is not None and job.thread == threading.get_ident():
            return job.settings
    return settings_store().current


def read_core(key: str, settings: Settings) -> Any:
    """Return a setting: the checkpoint by the title that A1111 gives it, folders as extensions can open them."""
    value = getattr(getattr(settings, OPTIONS[key][0]), key)
    if key.startswith(FOLDER) and value and HOST.attached:
        data = HOST.require().bench.data_folder
        return value if data == Path.cwd() else str(data / value)
    if key == CHECKPOINT and value and HOST.attached:
        found = HOST.require().bench.catalog.find(value)
        return found.title if found else value
    return value


def stored_form(key: str, value: Any) -> Any:
    """Return what the settings file holds for a value: checkpoints without their hash, folders by the data folder."""
    if key.startswith(FOLDER) and HOST.attached and Path(str(value)).is_relative_to(HOST.require().bench.data_folder):
        return Path(str(value)).relative_to(HOST.require().bench.data_folder).as_posix()
    if key == CHECKPOINT and value and HOST.attached:
        return HOST.require().bench.catalog.require(str(value)).name
    return value
