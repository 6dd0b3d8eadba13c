"""``styles.csv``: reading, writing, and a book of all the styles of one or several such files."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from modules.foundation.errors import ConfigurationError
from modules.foundation.files import atomic_write
from modules.prompting.styles import Style

_HEADER = ("name", "prompt", "negative_prompt")
_DIVIDER_WIDTH = 40


def read_styles(path: Path) -> list[Style]:
    """Read a styles file. Rows without a name, or with one that starts with #, are left out.

    Raises: ConfigurationError.
    """
    try:
        text = _decode(path.read_bytes())
        rows = csv.reader(io.StringIO(text.replace("\0", ""), newline=""), skipinitialspace=True)
        return list(_read_rows(path, rows))
    except (OSError, csv.Error) as error:
        raise ConfigurationError(f"The styles in {path.name} cannot be read: {error}.",
                                 remedy=f"Repair the file, or put {path.name}.bak in its place.") from error


def write_styles(path: Path, styles: Iterable[Style]) -> None:
    """Write a styles file, keeping a copy of the old one beside it as ``.bak``. Raises: OutputError."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(_HEADER)
    writer.writerows((style.name, style.prompt, style.negative_prompt) for style in styles)
    if path.exists():
        atomic_write(path.with_name(path.name + ".bak"), path.read_bytes())
    atomic_write(path, codecs.BOM_UTF8 + buffer.getvalue().encode("utf-8", "replace"))


class StyleBook:
    """The styles of all styles files. A name in a later file hides the same name in an earlier one."""

    def __init__(self, patterns: Sequence[Path]) -> None:
        """Take paths whose last part may hold wildcards; new styles go to the first without any."""
        self._patterns = patterns
        plain = [path for path in patterns if not _is_pattern(path)]
        self._default = plain[0] if plain else patterns[0].with_name("styles.csv")
        self._styles: dict[str, Style] = {}
        self._unreadable: dict[Path, ConfigurationError] = {}

    @property
    def styles(self) -> Mapping[str, Style]:
        """Styles and dividers by name, in file order."""
        return self._styles

    def reload(self) -> None:
        """Read all files again. Raises: ConfigurationError, with the styles of the readable files in place."""
        files = list(dict.fromkeys(path for pattern in self._patterns for path in _expand(pattern)))
        styles: dict[str, Style] = {}
        self._unreadable = {}
        for file in files:
            if len(files) > 1:
                divider = f" {file.stem.upper()} ".center(_DIVIDER_WIDTH, "-")
                styles[divider] = Style(divider, file=file, is_divider=True)
            try:
                styles |= {style.name: style for style in read_styles(file)}
            except ConfigurationError as error:
                self._unreadable[file] = error
        self._styles = styles
        for failure in self._unreadable.values():
            raise failure

    def put(self, style: Style) -> None:
        """Add or replace a style and save. Raises: OutputError; ConfigurationError for an unreadable file."""
        known = self._styles.get(style.name)
        file = style.file or (known.file if known else None) or self._default
        self._styles = {**self._styles, style.name: Style(style.name, style.prompt, style.negative_prompt, file)}
        self._save(file)

    def delete(self, name: str) -> None:
        """Remove a style, if it is there, and save. Raises: as ``put``."""
        style = self._styles.get(name)
        if style is not None and not style.is_divider:
            self._styles = {key: value for key, value in self._styles.items() if key != name}
            self._save(style.file or self._default)

    def _save(self, file: Path) -> None:
        if file in self._unreadable:  # its styles are unknown, and would be lost
            raise self._unreadable[file]
        write_styles(file, [style for style in self._styles.values()
                            if style.file == file and not style.is_divider])


def _read_rows(path: Path, rows: Iterator[list[str]]) -> Iterator[Style]:
    columns = {name.strip(): index for index, name in enumerate(next(rows, []))}
    if not columns:
        return
    if "name" not in columns:
        raise csv.Error("its first line does not name the columns name, prompt and negative_prompt")
    prompt_column = columns.get("prompt", columns.get("text"))
    for row in rows:
        name = _cell(row, columns["name"])
        if name and not name.startswith("#"):
            yield Style(name, _cell(row, prompt_column), _cell(row, columns.get("negative_prompt")), path)


def _cell(row: list[str], column: int | None) -> str:
    return row[column] if column is not None and column < len(row) else ""


def _decode(data: bytes) -> str:
    """Read UTF-8, or what spreadsheet programs save instead of it."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _is_pattern(path: Path) -> bool:
    return any(character in path.name for character in "*?[")


def _expand(pattern: Path) -> list[Path]:
    if not _is_pattern(pattern):
        return [pattern] if pattern.is_file() else []
    return sorted((path for path in pattern.parent.glob(pattern.name) if path.is_file()),
                  key=lambda path: path.name.lower())
