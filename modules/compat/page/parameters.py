"""Infotexts under A1111's names."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from modules.artefacts.overrides import OVERRIDE_OPTIONS, find_overrides
from modules.artefacts.parsing import ParsingOptions, parse_infotext
from modules.compat.host import HOST

QUOTED = (",", "\n", ":")
paste_fields: dict[str, dict[str, Any]] = {}
"""By tab, what extensions said of it with ``add_paste_fields``."""


def parse_generation_parameters(x: str, skip_fields: Iterable[str] | None = None) -> dict[str, Any]:
    """Return the fields of an infotext by name, prompts included. Never fails."""
    settings = HOST.require().settings.current
    skipped = settings.infotext.infotext_skip_pasting if skip_fields is None else tuple(skip_fields)
    return dict(parse_infotext(x, ParsingOptions(skip_fields=skipped)).fields)


def quote(text: Any) -> Any:
    """Return a value as it stands in an infotext."""
    return json.dumps(text, ensure_ascii=False) if any(sign in str(text) for sign in QUOTED) else text


def unquote(text: str) -> str:
    """Return what ``quote`` was given."""
    if len(text) > 1 and text[0] == text[-1] == '"':
        try:
            return str(json.loads(text))
        except ValueError:
            return text
    return text


def add_paste_fields(tabname: str, init_img: Any, fields: Any, override_settings_component: Any = None) -> None:
    """Note the fields of a tab of an extension."""
    paste_fields[tabname] = {"init_img": init_img, "fields": fields,
                             "override_settings_component": override_settings_component}


def get_override_settings(params: Mapping[str, Any], *, skip_fields: Iterable[str] | None = None
                          ) -> list[tuple[str, str, Any]]:
    """Return (infotext key, setting, value) of what an infotext wants other than it is."""
    found = find_overrides(params, HOST.require().settings.current.flat(), handled=tuple(skip_fields or ()))
    return [(one.key, OVERRIDE_OPTIONS[one.key], one.value) for one in found]


def create_override_settings_dict(text_pairs: Iterable[str]) -> dict[str, Any]:
    """Read ``infotext key: value`` lines into settings by their key."""
    pairs = (line.partition(":") for line in text_pairs)
    return {OVERRIDE_OPTIONS[key.strip()]: value.strip() for key, _, value in pairs if key.strip() in OVERRIDE_OPTIONS}
