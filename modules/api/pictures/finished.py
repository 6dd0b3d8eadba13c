"""Finished pictures of a job as the bytes that go to a program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modules.artefacts.encoding import EmbeddedText, EncodingOptions, encode_picture
from modules.foundation.errors import InvalidRequestError, NotFoundError
from modules.imaging.reading import ReadingLimits, open_image
from modules.jobs.job import PictureRecord
from modules.settings.values import Settings

_UNLIMITED = ReadingLimits(pixels=2**31, file_bytes=None)


def job_settings(settings: Settings, overrides: Mapping[str, Any]) -> Settings:
    """Return the settings in force for a job; overrides that cannot be are left out, as planning does."""
    for key, value in overrides.items():
        try:
            settings = settings.with_values({key: value})
        except InvalidRequestError:
            continue
    return settings


def read_picture(picture: PictureRecord, settings: Settings) -> bytes:
    """Return a picture's file, written anew only where ``samples_format`` asks for another format.

    Raises: NotFoundError when the file is gone; OSError when it cannot be read.
    """
    if picture.path is None or not picture.path.is_file():
        raise NotFoundError("The file of this picture has been moved or deleted.")
    wanted = settings.saving.samples_format
    if _same_format(picture.path.suffix.lstrip("."), wanted):
        return picture.path.read_bytes()
    options = EncodingOptions(settings.saving.jpeg_quality, settings.saving.webp_lossless,
                              settings.infotext.enable_pnginfo)
    return encode_picture(open_image(picture.path, _UNLIMITED), wanted, EmbeddedText(picture.infotext), options).data


def _same_format(first: str, second: str) -> bool:
    names = {"jpeg": "jpg"}
    return names.get(first.lower(), first.lower()) == names.get(second.lower(), second.lower())
