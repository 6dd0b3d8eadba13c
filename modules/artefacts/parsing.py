"""Reading an infotext back, in time proportional to its length and without ever failing."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from modules.artefacts.infotext import NEGATIVE_PREFIX, replace_surrogates, unquote
from modules.artefacts.restoring import (
    add_defaults,
    add_hypernetwork,
    follow_old_versions,
    knows_hires_styles,
    restore_first_pass,
)

MAX_INFOTEXT_CHARS = 256 * 1024
MIN_PAIRS = 3
"""A last line with fewer pairs than this belongs to the prompt."""

StyleExtractor = Callable[[str, str], tuple[Sequence[str], str, str]]
"""(prompt, negative prompt) -> (styles found, prompt without them, negative prompt without them)."""

_PAIR = re.compile(
    r'[ \-/]*(\w[\w \-/]+):\s*'
    r'(?:((?!"")"[^"\\]*(?:\\.[^"\\]*)*")(?=,|\Z)|([^,]*))'
    r'|[\w \-/]+')
"""A pair, or a run of key characters that is none: taken whole, so that no character is tried twice."""
_SIZE = re.compile(r"(\d+)x(\d+)")
_EMPHASIS = re.compile(r"\\[()\[\]\\]|([(\[])")


def mentions_brackets(prompt: str) -> bool:
    """Say whether a prompt opens a bracket that is not escaped."""
    return any(match[1] for match in _EMPHASIS.finditer(prompt))


@dataclass(frozen=True)
class ParsingOptions:
    """Settings that change how an infotext is read, and the functions it needs from elsewhere."""

    skip_fields: Collection[str] = ()
    styles: str = "Apply if any"
    extract_styles: StyleExtractor | None = None
    uses_emphasis: Callable[[str], bool] = mentions_brackets
    auto_backcompat: bool = True
    use_old_hires_size: bool = False


@dataclass(frozen=True)
class ParsedInfotext:
    """Fields by infotext key. What was read is text; defaults and derived values may be int or bool."""

    fields: dict[str, Any]
    notes: tuple[str, ...] = field(default=())


@dataclass
class _Prompts:
    positive: str
    negative: str


def parse_infotext(text: str, options: ParsingOptions | None = None) -> ParsedInfotext:
    """Read prompt, negative prompt and parameters, and fill in what the text leaves unsaid."""
    options = options or ParsingOptions()
    notes: tuple[str, ...] = ()
    if len(text) > MAX_INFOTEXT_CHARS:
        notes = (f"The text is {len(text):,} characters long; only the first {MAX_INFOTEXT_CHARS:,} were read.",)
    prompt_lines, fields = _split_parameters(replace_surrogates(text[:MAX_INFOTEXT_CHARS]))
    prompts = _split_prompts(prompt_lines)
    _extract_styles(prompts, fields, options)
    fields["Prompt"], fields["Negative prompt"] = prompts.positive, prompts.negative
    add_hypernetwork(fields)
    restore_first_pass(fields, use_hires_size=options.use_old_hires_size)
    add_defaults(fields, emphasis=any(map(options.uses_emphasis, (prompts.positive, prompts.negative))))
    if options.auto_backcompat:
        follow_old_versions(fields)
    for key in options.skip_fields:
        fields.pop(key, None)
    return ParsedInfotext(fields, notes)


def scan_pairs(line: str) -> Iterator[tuple[str, str]]:
    """Yield (key, raw value) of a line of parameters.

    A key is a word character and at least one more of word characters, space, ``-`` or ``/``. Its value is
    a double-quoted string, or everything up to the next comma. Text that is neither is passed over.
    """
    for match in _PAIR.finditer(line):
        key, quoted, bare = match.groups()
        if key:
            yield key, quoted or bare


def _split_parameters(text: str) -> tuple[list[str], dict[str, Any]]:
    *lines, last = text.strip().split("\n")
    pairs = list(scan_pairs(last))
    if len(pairs) < MIN_PAIRS:
        return [*lines, last], {}
    fields: dict[str, Any] = {}
    for key, raw in pairs:
        value = unquote(raw)
        if size := _SIZE.fullmatch(value):
            fields[f"{key}-1"], fields[f"{key}-2"] = size.groups()
        elif raw:
            fields[key] = value
    return lines, fields


def _split_prompts(lines: list[str]) -> _Prompts:
    parts: tuple[list[str], list[str]] = ([], [])
    negative = False
    for line in map(str.strip, lines):
        if line.startswith(NEGATIVE_PREFIX):
            negative, line = True, line[len(NEGATIVE_PREFIX):].strip()
        if line or parts[negative]:
            parts[negative].append(line)
    return _Prompts("\n".join(parts[0]), "\n".join(parts[1]))


def _extract_styles(prompts: _Prompts, fields: dict[str, Any], options: ParsingOptions) -> None:
    """Take style texts out of the prompts, unless the second pass was written with other styles."""
    if options.extract_styles is None or options.styles == "Ignore":
        return
    styles, positive, negative = options.extract_styles(prompts.positive, prompts.negative)
    hires = [fields.get("Hires prompt"), fields.get("Hires negative prompt")]
    if hires != [None, None] and knows_hires_styles(fields.get("Version")):
        hires_styles, hires_positive, hires_negative = options.extract_styles(
            hires[0] or prompts.positive, hires[1] or prompts.negative)
        if list(hires_styles) != list(styles):
            return
        fields["Hires prompt"] = "" if hires_positive == positive else hires_positive
        fields["Hires negative prompt"] = "" if hires_negative == negative else hires_negative
    prompts.positive, prompts.negative = positive, negative
    if options.styles == "Apply" or (options.styles == "Apply if any" and styles):
        fields["Styles array"] = list(styles)
