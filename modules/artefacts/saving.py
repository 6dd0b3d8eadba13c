"""Saving a picture, its text and its small copy; a file is either whole or not there."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from modules.artefacts.encoding import EmbeddedText, EncodedPicture, EncodingOptions, encode_picture
from modules.artefacts.filename_patterns import PictureFacts
from modules.artefacts.naming import Destination, NamingOptions, PicturePlace, choose_place
from modules.foundation.errors import OutputError
from modules.foundation.files import atomic_write

COPY_EXTENSION, TEXT_EXTENSION = "jpg", "txt"

_one_at_a_time = threading.Lock()
"""Held from choosing a number until its file exists, so that two threads never take the same one."""


@dataclass(frozen=True)
class SaveOptions:
    """Settings of saving; the values come from whoever reads the settings."""

    naming: NamingOptions = field(default_factory=NamingOptions)
    encoding: EncodingOptions = field(default_factory=EncodingOptions)
    save_txt: bool = False
    small_copy: bool = True
    small_copy_above_mb: float = 4.0
    small_copy_side_px: int = 4000


@dataclass(frozen=True)
class PictureDraft:
    """A picture about to be saved. A hook may return it with another image, text or path."""

    image: Image.Image
    text: EmbeddedText
    path: Path


@dataclass(frozen=True)
class SavedArtefact:
    """What was written. ``note`` tells of a format that had to be changed."""

    path: Path
    text_path: Path | None = None
    copy_path: Path | None = None
    note: str = ""


BeforeSaving = Callable[[PictureDraft], PictureDraft]


def save_image(image: Image.Image, text: EmbeddedText, destination: Destination,
               options: SaveOptions | None = None, facts: PictureFacts | None = None,
               before: BeforeSaving | None = None) -> SavedArtefact:
    """Save a picture under the next free name, with the files that go beside it.

    ``before`` sees the picture with the path it will probably get; a path it changes is used as it is.

    Raises: OutputError (disk full, folder read-only or gone).
    """
    options, facts = options or SaveOptions(), facts or PictureFacts()
    place, extension = choose_place(destination, facts, options.naming, image), destination.extension
    if before:
        likely = place.folder / f"{next(place.stems())}.{extension}"
        draft = before(PictureDraft(image, text, likely))
        image, text = draft.image, draft.text
        if draft.path != likely:
            place = PicturePlace(draft.path.parent, "", draft.path.stem, numbered=False, replace_existing=True)
            extension = draft.path.suffix.lstrip(".") or extension
    return _Files.prepare(image, extension, text, options).publish(place)


@dataclass(frozen=True)
class _Files:
    """The finished contents of a picture and its companions, by extension."""

    picture: EncodedPicture
    sidecars: dict[str, bytes]

    @classmethod
    def prepare(cls, image: Image.Image, extension: str, text: EmbeddedText, options: SaveOptions) -> _Files:
        picture = encode_picture(image, extension, text, options.encoding)
        sidecars = {}
        if text.single and (options.save_txt or picture.text_lost):
            sidecars[TEXT_EXTENSION] = f"{text.single}\n".encode("utf-8", "replace")
        if picture.extension != COPY_EXTENSION and _wants_small_copy(image, len(picture.data), options):
            small = _shrink(image, options.small_copy_side_px)
            sidecars[COPY_EXTENSION] = encode_picture(small, COPY_EXTENSION, text, options.encoding).data
        return cls(picture, sidecars)

    def publish(self, place: PicturePlace) -> SavedArtefact:
        """Write everything under the first free name of ``place``."""
        with _one_at_a_time:
            for stem in place.stems():
                try:
                    return self._write(place, stem)
                except FileExistsError:
                    if not place.folder.is_dir():
                        break
        raise OutputError(f"{place.folder} is a file, so no picture can be saved into it.",
                          remedy="Choose another output folder in Settings.")

    def _write(self, place: PicturePlace, stem: str) -> SavedArtefact:
        paths = {extension: place.folder / f"{stem}.{extension}" for extension in self.sidecars}
        if not place.replace_existing and any(path.exists() for path in paths.values()):
            raise FileExistsError(stem)
        path = place.folder / f"{stem}.{self.picture.extension}"
        atomic_write(path, self.picture.data, replace=place.replace_existing)
        for extension, content in self.sidecars.items():
            atomic_write(paths[extension], content)
        return SavedArtefact(path, paths.get(TEXT_EXTENSION), paths.get(COPY_EXTENSION), self.picture.note)


def _wants_small_copy(image: Image.Image, file_bytes: int, options: SaveOptions) -> bool:
    too_long = max(image.size) > options.small_copy_side_px
    return options.small_copy and (too_long or file_bytes > options.small_copy_above_mb * 2**20)


def _shrink(image: Image.Image, side_px: int) -> Image.Image:
    if max(image.size) <= side_px:
        return image
    scale = side_px / max(image.size)
    size = [max(1, round(side * scale)) for side in image.size]
    return image.convert("RGB").resize((size[0], size[1]), Image.Resampling.LANCZOS)
