"""What programs may change about the settings. The page and the settings file may change everything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from modules.foundation.errors import InvalidRequestError
from modules.foundation.files import is_inside
from modules.settings.sections.api import ApiSettings
from modules.settings.sections.plugins import PluginSettings
from modules.settings.sections.saving import PathSettings

RESTRICTED = (frozenset(item.name for section in (ApiSettings, PluginSettings) for item in fields(section))
              | {"sd_checkpoint_hash"})
"""As in A1111: these come in with every other option that a program saves, and are passed over."""
FOLDERS = frozenset(item.name for item in fields(PathSettings))


def without_restricted(values: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what only the page may change."""
    return {key: value for key, value in values.items() if key not in RESTRICTED}


def check_folders(values: Mapping[str, Any], current: Mapping[str, Any], data_folder: Path) -> None:
    """Keep programs from sending files outside the data folder; a folder already chosen may stay.

    Raises: InvalidRequestError.
    """
    for key in FOLDERS & set(values):
        value = values[key]
        if value == current.get(key) or not isinstance(value, str):
            continue
        if "\0" in value or not is_inside(data_folder, data_folder / value):
            raise InvalidRequestError(key, f"{key} must be a folder in the data folder.",
                                      remedy="Choose other folders on the Settings page.")
