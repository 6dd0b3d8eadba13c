"""A1111's options that have nothing to act on here, with A1111's defaults.

Programs and extensions read and write them; refusing them would break those for nothing.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from modules.settings.values import OPTIONS

_DEFAULTS = Path(__file__).with_name("option_defaults.json")


@cache
def foreign_defaults() -> dict[str, Any]:
    """Return them by key."""
    defaults: dict[str, Any] = json.loads(_DEFAULTS.read_text(encoding="utf-8"))
    return {key: value for key, value in defaults.items() if key not in OPTIONS}
