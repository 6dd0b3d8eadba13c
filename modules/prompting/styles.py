"""Styles: named pieces of prompt, merged into what a person typed and found again in what they paste."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

PLACEHOLDER = "{prompt}"


@dataclass(frozen=True)
class Style:
    """A named pair of texts; ``{prompt}`` in one stands for what the person typed.

    ``file`` is where it is kept; None means the first styles file. A divider only heads a file's styles in
    a list and is never saved.
    """

    name: str
    prompt: str = ""
    negative_prompt: str = ""
    file: Path | None = None
    is_divider: bool = False


class ExtractedStyles(NamedTuple):
    """Which styles a pair of prompts was made with, and what is left without them."""

    names: list[str]
    prompt: str
    negative_prompt: str


def merge_style(style_text: str, prompt: str) -> str:
    """Put a style text around or behind a prompt."""
    if PLACEHOLDER in style_text:
        return style_text.replace(PLACEHOLDER, prompt)
    return ", ".join(part for part in (prompt.strip(), style_text.strip()) if part)


def apply_styles(text: str, style_texts: Iterable[str]) -> str:
    """Merge several style texts into a prompt, in order."""
    for style_text in style_texts:
        text = merge_style(style_text, text)
    return text


def pick_styles(names: Iterable[str], styles: Mapping[str, Style]) -> list[Style]:
    """Look styles up by name; an unknown name is an empty style."""
    return [styles.get(name, Style(name)) for name in names]


def extract_styles(prompt: str, negative_prompt: str, styles: Sequence[Style]) -> ExtractedStyles:
    """Find the styles both prompts were made with, in the order they were applied."""
    left = ExtractedStyles([], prompt, negative_prompt)
    candidates = [style for style in styles if style.prompt or style.negative_prompt]
    while taken := next(filter(None, (_take_out(style, left) for style in candidates)), None):
        candidates = [style for style in candidates if style.name != taken.names[0]]
        left = taken
    return left


def _take_out(style: Style, left: ExtractedStyles) -> ExtractedStyles | None:
    prompt = _without(style.prompt, left.prompt)
    negative_prompt = _without(style.negative_prompt, left.negative_prompt)
    if prompt is None or negative_prompt is None:
        return None
    return ExtractedStyles([style.name, *left.names], prompt, negative_prompt)


def _without(style_text: str, prompt: str) -> str | None:
    """Take a style text out of a prompt; None where the prompt does not contain it as merging puts it."""
    if not style_text:
        return prompt
    if PLACEHOLDER in style_text:
        before, after = style_text.split(PLACEHOLDER, 1)
        matches = (len(prompt) >= len(before) + len(after)
                   and prompt.startswith(before) and prompt.endswith(after))
        return prompt[len(before) : len(prompt) - len(after)] if matches else None
    ending = style_text.strip()
    return prompt.removesuffix(ending).removesuffix(", ") if prompt.endswith(ending) else None
