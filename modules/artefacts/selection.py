"""The Save button: selected pictures, one line in ``log.csv``, and a zip of them all."""

from __future__ import annotations

import csv
import io
import threading
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from modules.artefacts.encoding import EmbeddedText
from modules.artefacts.filename_patterns import PatternOptions, PictureFacts, expand_pattern
from modules.artefacts.naming import Destination
from modules.artefacts.saving import SavedArtefact, SaveOptions, save_image
from modules.foundation.files import atomic_write
from modules.foundation.safe_names import safe_name

DEFAULT_ZIP_PATTERN = "[datetime]_[[model_name]]_[seed]-[seed_last]"
LOG_NAME = "log.csv"
LOG_COLUMNS = ("prompt", "seed", "width", "height", "sampler", "cfgs", "steps", "filename", "negative_prompt",
               "sd_model_name", "sd_model_hash")

_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class SelectedPicture:
    """A picture of the gallery with what is known about it."""

    image: Image.Image
    text: EmbeddedText
    facts: PictureFacts


@dataclass(frozen=True)
class SelectionOptions:
    """Settings of the Save button."""

    write_log: bool = True
    make_zip: bool = False
    zip_pattern: str = ""


@dataclass(frozen=True)
class SavedSelection:
    """The files written, in order, and the zip if one was asked for."""

    artefacts: tuple[SavedArtefact, ...]
    zip_path: Path | None = None


def save_selection(pictures: Sequence[SelectedPicture], destination: Destination,
                   options: SaveOptions, selection: SelectionOptions) -> SavedSelection:
    """Save pictures to a folder, log the first one and pack them all if asked to.

    Raises: OutputError (disk full, folder read-only or gone).
    """
    saved = tuple(save_image(p.image, p.text, destination, options, p.facts) for p in pictures)
    if saved and selection.write_log:
        append_log(destination.folder / LOG_NAME, _log_row(pictures[0], saved[0].path.name))
    if not saved or not selection.make_zip:
        return SavedSelection(saved)
    name = _zip_name(pictures[0], selection.zip_pattern, options.naming.patterns)
    return SavedSelection(saved, _write_zip(destination.folder, name, saved))


def append_log(path: Path, row: dict[str, object]) -> None:
    """Add one row to a log, giving an older log the columns it lacks.

    Raises: OutputError (disk full, folder read-only or gone).
    """
    with _one_at_a_time:
        text = path.read_text("utf-8", errors="replace") if path.exists() else ""
        header, _, rows = text.partition("\n")
        columns = tuple(header.strip("\r\ufeff").split(",")) if header else LOG_COLUMNS
        if columns == LOG_COLUMNS[:len(columns)]:
            columns = LOG_COLUMNS
        buffer = io.StringIO(newline="")
        writer = csv.DictWriter(buffer, columns, extrasaction="ignore", restval="")
        writer.writeheader()
        buffer.write(rows)
        if rows and not rows.endswith("\n"):
            buffer.write("\r\n")
        writer.writerow(row)
        atomic_write(path, buffer.getvalue().encode("utf-8", "replace"))


def _log_row(picture: SelectedPicture, filename: str) -> dict[str, object]:
    facts = picture.facts
    values = (facts.prompt, facts.seed, picture.image.width, picture.image.height, facts.sampler, facts.cfg,
              facts.steps, filename, facts.negative_prompt, facts.model_name, facts.model_hash)
    return dict(zip(LOG_COLUMNS, values, strict=True))


def _zip_name(first: SelectedPicture, pattern: str, options: PatternOptions) -> str:
    facts = replace(first.facts, zip=True)
    return expand_pattern(pattern or DEFAULT_ZIP_PATTERN, facts, options, first.image)


def _write_zip(folder: Path, name: str, saved: Sequence[SavedArtefact]) -> Path:
    """Pack the files under the first free name; pictures do not compress further."""
    def pack(handle: BinaryIO) -> None:
        with zipfile.ZipFile(handle, "w", zipfile.ZIP_STORED) as archive:
            for artefact in saved:
                for path in filter(None, (artefact.path, artefact.text_path)):
                    archive.write(path, path.name)

    number = 0
    while True:
        path = folder / safe_name(f"{name}-{number}" if number else name, ".zip")
        try:
            atomic_write(path, pack, replace=False)
            return path
        except FileExistsError:
            number += 1
