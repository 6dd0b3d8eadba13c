"""LoRA files in a pasted infotext: called as they are here, whatever they were called where the picture was made.

Reference: A1111 v1.10.1, the Lora extension's ``infotext_pasted``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import count, takewhile
from typing import Any

from modules.prompting.extra_networks import extract_tags

LocalName = Callable[[str, str], str | None]
"""From the name of a LoRA and its short hash to its name here; None where it is not here."""

_TAG = re.compile(r"<lora:([^:>]+)")
_HASHES = re.compile(r"(?:^|,\s*)([^:,]+):\s*([0-9a-fA-F]{6,64})(?=,|$)")
_MODEL = re.compile(r"(.+?)\s*\([0-9a-fA-F]+\)")


def with_local_networks(fields: Mapping[str, Any], local_name: LocalName) -> dict[str, Any]:
    """Return the fields with every LoRA of the prompts called by its name here."""
    hashes = dict(_HASHES.findall(str(fields.get("Lora hashes", ""))))

    def rename(match: re.Match[str]) -> str:
        name = match[1]
        short_hash = hashes.get(name.replace(":", "").replace(",", ""))
        local = local_name(name, short_hash) if short_hash else None
        return f"<lora:{local or name}"

    renamed = dict(fields)
    for key in ("Prompt", "Hires prompt"):
        if isinstance(fields.get(key), str):
            renamed[key] = _TAG.sub(rename, fields[key])
    return renamed | ({"Prompt": name_additional_networks(renamed)} if "AddNet Module 1" in fields else {})


def name_additional_networks(fields: Mapping[str, Any]) -> str:
    """Return the prompt with a tag for each LoRA that the old extension sd-webui-additional-networks names."""
    prompt = str(fields.get("Prompt", ""))
    numbers = takewhile(lambda number: f"AddNet Module {number}" in fields, count(1))
    named = {tag.positional[0] for tag in extract_tags(prompt)[1] if tag.kind == "lora" and tag.positional}
    added = [f"<lora:{name}:{weight}>" for number in numbers for name, weight in _additional(fields, number)
             if name not in named]
    return f"{prompt}\n{''.join(added)}" if added else prompt


def _additional(fields: Mapping[str, Any], number: int) -> list[tuple[str, str]]:
    model = _MODEL.fullmatch(str(fields.get(f"AddNet Model {number}", "")))
    if fields[f"AddNet Module {number}"] != "LoRA" or model is None:
        return []
    return [(model[1], str(fields.get(f"AddNet Weight A {number}", "1.0")))]
