"""The launch flags under the names that A1111's API gives them."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

from modules.settings.flags import LaunchFlags
from modules.settings.inert_flags import INERT_FLAGS

_SECRET = frozenset({"users", "notices", "further_dirs", "plugin_values"})
"""Who knows what extensions are given: passwords and keys are among it."""


def describe_flags(flags: LaunchFlags) -> dict[str, Any]:
    """Return every flag A1111 has and we know; passwords are never among them."""
    inert = {name.lstrip("-").replace("-", "_"): None if group.takes_value else False
             for group in INERT_FLAGS for name in group.names}
    ours = {item.name: _plain(getattr(flags, item.name)) for item in fields(flags) if item.name not in _SECRET}
    return {**inert, **ours, "api": True, "share": False, "api_auth": None, "gradio_auth": None,
            "gradio_auth_path": None, "skip_install": False, "reinstall_torch": False,
            "xformers": flags.attention == "xformers", "opt_sdp_attention": flags.attention == "sdp",
            "opt_sdp_no_mem_attention": False}


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    return [_plain(one) for one in value] if isinstance(value, tuple) else value
