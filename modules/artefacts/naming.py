"""Where a picture goes: its folder, its number and its name."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from PIL import Image

from modules.artefacts.filename_patterns import PatternOptions, PictureFacts, expand_pattern
from modules.foundation.safe_names import MAX_NAME_BYTES, cut_bytes, safe_name, safe_subfolder, sanitize_part

DEFAULT_FOLDER_PATTERN = "[prompt_words]"
LONGEST_ENDING = "-00000.webp"
MAX_STEM_BYTES = MAX_NAME_BYTES - len(LONGEST_ENDING)
"""Leaves room for any extension and number, so that a picture and its sidecars share one stem."""


@dataclass(frozen=True)
class NamingOptions:
    """Settings of file and folder names; an empty pattern means A1111's default."""

    filename_pattern: str = ""
    folder_pattern: str = "[date]"
    add_number: bool = True
    replace_existing: bool = True
    patterns: PatternOptions = field(default_factory=PatternOptions)


@dataclass(frozen=True)
class Destination:
    """Where one kind of picture goes.

    ``short_name`` leaves out the pattern (grids); ``forced_name`` replaces pattern and number.
    """

    folder: Path
    extension: str = "png"
    basename: str = ""
    suffix: str = ""
    use_subfolder: bool = True
    short_name: bool = False
    forced_name: str | None = None


@dataclass(frozen=True)
class PicturePlace:
    """A folder and the part of the name that the picture decides; numbers are given when it is saved.

    A numbered file never replaces another one.
    """

    folder: Path
    basename: str
    decoration: str
    numbered: bool
    replace_existing: bool

    def stems(self) -> Iterator[str]:
        """Yield file names without extension, best first; without numbers and replacing, only one."""
        if self.numbered:
            yield from self._numbered_stems()
            return
        yield self.decoration
        if not self.replace_existing:
            yield from (f"{self.decoration}-{number}" for number in count(1))

    def _numbered_stems(self) -> Iterator[str]:
        end = f"-{self.decoration}" if self.decoration else ""
        for number in count(next_number(self.folder, self.basename)):
            start = f"{self.basename}-{number:04}" if self.basename else f"{number:05}"
            yield cut_bytes(f"{start}{end}", MAX_STEM_BYTES).rstrip(" .")


def choose_place(destination: Destination, facts: PictureFacts, options: NamingOptions,
                 image: Image.Image | None = None) -> PicturePlace:
    """Decide folder and name from the patterns; the folder never lies outside the destination's."""
    unix = options.patterns.unix_names
    folder = destination.folder
    if destination.use_subfolder:
        pattern = options.folder_pattern or DEFAULT_FOLDER_PATTERN
        folder = safe_subfolder(folder, expand_pattern(pattern, facts, options.patterns, image), unix=unix)
    basename = safe_name(destination.basename, unix=unix) if destination.basename else ""
    if destination.forced_name is not None:
        return PicturePlace(folder, "", _safe_stem(destination.forced_name, unix), False, True)
    decoration = expand_pattern(_pattern(destination, facts, options), facts, options.patterns, image)
    decoration += destination.suffix
    if options.add_number or not decoration:
        tail = sanitize_part(decoration, replace_spaces=False, max_chars=len(decoration), unix=unix)
        return PicturePlace(folder, basename, tail, True, False)
    return PicturePlace(folder, "", _safe_stem(decoration, unix), False, options.replace_existing)


def next_number(folder: Path, basename: str = "") -> int:
    """One more than the largest number that starts the name of a file (after ``basename-``)."""
    leading = re.compile(rf"{re.escape(basename)}-([0-9]+)(?=[-.]|$)" if basename else r"([0-9]+)(?=[-.]|$)")
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if not entry.is_dir()]
    except OSError:  # missing: it will be made; unreadable: writing will say so
        return 0
    return max((int(match[1]) for match in map(leading.match, names) if match), default=-1) + 1


def _pattern(destination: Destination, facts: PictureFacts, options: NamingOptions) -> str:
    if destination.short_name or facts.seed is None:
        return ""
    return options.filename_pattern or ("[seed]" if destination.use_subfolder else "[seed]-[prompt_spaces]")


def _safe_stem(stem: str, unix: bool) -> str:
    return safe_name(stem, LONGEST_ENDING, unix=unix).removesuffix(LONGEST_ENDING)
