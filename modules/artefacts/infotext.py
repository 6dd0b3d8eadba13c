"""Writing the infotext: the text that says how a picture was made."""

from __future__ import annotations

import json
import re

from modules.artefacts.record import GenerationRecord

NEGATIVE_PREFIX = "Negative prompt:"
_NEEDS_QUOTES = re.compile(r"[,:\n]")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def write_infotext(record: GenerationRecord) -> str:
    """Write a record the way A1111 does: prompt, negative prompt, one line of parameters."""
    lines = [record.prompt]
    if record.negative_prompt:
        lines.append(f"{NEGATIVE_PREFIX} {record.negative_prompt}")
    lines.append(", ".join(_write_pair(key, str(value)) for key, value in record.ordered_fields()))
    return "\n".join(lines).strip()


def quote(text: str) -> str:
    """Encode a value as JSON where a bare one would be misread."""
    return json.dumps(text, ensure_ascii=False) if _NEEDS_QUOTES.search(text) else text


def unquote(text: str) -> str:
    """Undo :func:`quote`; text that is not a JSON string stays as it is."""
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return text
    try:
        return replace_surrogates(json.loads(text))
    except ValueError:
        return text


def replace_surrogates(text: str) -> str:
    """Replace what no file or web page could carry (half of a UTF-16 pair)."""
    return _LONE_SURROGATE.sub("\ufffd", text)


def _write_pair(key: str, value: str) -> str:
    return key if key == value else f"{key}: {quote(value)}"
