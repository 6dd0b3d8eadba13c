"""The one door through which picture files come in."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import ExifTags, Image, ImageOps

from modules.foundation.errors import InvalidRequestError, NotFoundError, WebUIError
from modules.foundation.size import Size

FORMATS = ("PNG", "JPEG", "WEBP", "AVIF", "GIF", "BMP", "TIFF")
MAX_PIXELS = 64_000_000
MAX_BYTES = 40 * 2**20
_ON_ITS_SIDE = (5, 6, 7, 8)
"""EXIF orientations that swap width and height."""


@dataclass(frozen=True)
class ReadingLimits:
    """What a picture may cost before anything is decoded; None means no limit on the file's size."""

    pixels: int = MAX_PIXELS
    file_bytes: int | None = MAX_BYTES


@dataclass(frozen=True)
class PictureHeader:
    """What a picture file says about itself before it is decoded."""

    format: str
    size: Size
    info: dict[Any, Any]


def open_image(source: bytes | Path, limits: ReadingLimits | None = None, *,
               field: str = "image") -> Image.Image:
    """Decode the first frame of a picture, upright, as RGB, or as RGBA where anything is transparent.

    ``info`` keeps the text the file carries. ``field`` names the input in error messages.

    Raises: InvalidRequestError (not a picture, damaged, too large); NotFoundError (no such file).
    """
    limits = limits or ReadingLimits()
    with _opened(source, limits, field) as image:
        _check_pixels(image, limits, field)
        image.load()
        return _to_eight_bits(turn_upright(image))


def read_header(source: bytes | Path, *, field: str = "image") -> PictureHeader:
    """Read format, size and embedded data without decoding, whatever the size of the picture.

    Raises: as :func:`open_image`.
    """
    with _opened(source, ReadingLimits(file_bytes=None), field) as image:
        return PictureHeader(image.format or "", Size(image.width, image.height), dict(image.info))


def upright_size(source: bytes | Path, *, field: str = "image") -> Size:
    """Return the size of a picture as ``open_image`` gives it, without decoding. Raises: as there."""
    with _opened(source, ReadingLimits(file_bytes=None), field) as image:
        # Image.Image's own: PNG's would decode the picture to look for a late EXIF chunk
        turned = Image.Image.getexif(image).get(ExifTags.Base.Orientation) in _ON_ITS_SIDE
        return Size(image.height, image.width) if turned else Size(image.width, image.height)


@contextmanager
def _opened(source: bytes | Path, limits: ReadingLimits, field: str) -> Iterator[Image.Image]:
    """Open a picture and turn whatever goes wrong inside into one kind of error."""
    try:
        _check_bytes(source, limits, field)
        with Image.open(io.BytesIO(source) if isinstance(source, bytes) else source, formats=FORMATS) as image:
            yield image
    except WebUIError:
        raise
    except FileNotFoundError as error:
        raise NotFoundError(f"There is no picture at {source!s}.", remedy="Choose another file.") from error
    except Image.DecompressionBombError as error:
        raise _too_many_pixels("", limits, field) from error
    except Image.UnidentifiedImageError as error:
        raise InvalidRequestError(field, "This file is not a picture that can be read.",
                                  remedy=f"Use one of {', '.join(FORMATS)}.") from error
    except Exception as error:  # decoders of damaged files raise about anything
        raise InvalidRequestError(field, f"This picture is damaged or incomplete ({type(error).__name__}).",
                                  remedy="Save it again with another program, or choose another file.") from error


def _check_bytes(source: bytes | Path, limits: ReadingLimits, field: str) -> None:
    length = len(source) if isinstance(source, bytes) else source.stat().st_size
    if limits.file_bytes is not None and length > limits.file_bytes:
        raise InvalidRequestError(
            field, f"This file has {length / 2**20:.0f} MB; at most {limits.file_bytes / 2**20:.0f} MB are read.",
            remedy="Make the picture smaller or save it with stronger compression.")


def _check_pixels(image: Image.Image, limits: ReadingLimits, field: str) -> None:
    if image.width * image.height > limits.pixels:
        raise _too_many_pixels(f" of {image.width}x{image.height}", limits, field)


def _too_many_pixels(size: str, limits: ReadingLimits, field: str) -> InvalidRequestError:
    return InvalidRequestError(field, f"This picture{size} is too large; at most "
                                      f"{limits.pixels / 1e6:.0f} million pixels are read.",
                               remedy="Make the picture smaller.")


def turn_upright(image: Image.Image) -> Image.Image:
    """Apply the camera's orientation mark; a broken mark is ignored."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # the EXIF block is foreign data of any shape
        return image


def _to_eight_bits(image: Image.Image) -> Image.Image:
    if image.has_transparency_data:
        return image.convert("RGBA")
    if image.mode.startswith(("I", "F")):
        return _scale_down(image)
    return image.convert("RGB")


def _scale_down(image: Image.Image) -> Image.Image:
    """Bring 16-bit, 32-bit and float greys to 0..255."""
    values = np.nan_to_num(np.asarray(image).astype(np.float64))
    if image.mode == "F":
        values = values * 255 if values.max(initial=0) <= 1 else values
    elif image.mode.startswith("I;16") or values.max(initial=0) > 255:
        values = values / 257
    scaled = Image.fromarray(np.clip(np.rint(values), 0, 255).astype(np.uint8)).convert("RGB")
    scaled.info = dict(image.info)
    return scaled
