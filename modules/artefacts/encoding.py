"""A picture and its text as the bytes of a file."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from modules.artefacts.exif import write_user_comment
from modules.imaging.png import encode_png

MAX_SIDE_PX = {"webp": 16383, "jpg": 65535, "jpeg": 65535, "gif": 65535}
MAX_JPEG_EXIF_BYTES = 65533


@dataclass(frozen=True)
class EmbeddedText:
    """The text a picture carries: its infotext under ``section``, and ``others`` to keep (PNG only).

    ``whole`` is for formats with room for one text; empty: the infotext.
    """

    infotext: str = ""
    section: str = "parameters"
    others: Mapping[str, str] = field(default_factory=dict)
    whole: str = ""

    @property
    def chunks(self) -> dict[str, str]:
        return {**self.others, **({self.section: self.infotext} if self.infotext else {})}

    @property
    def single(self) -> str:
        """The one text where there is room for one."""
        return self.whole or self.infotext


@dataclass(frozen=True)
class EncodingOptions:
    """How lossy formats are written, and whether pictures carry their text."""

    jpeg_quality: int = 80
    webp_lossless: bool = False
    embed_text: bool = True


@dataclass(frozen=True)
class EncodedPicture:
    """A file's content. ``extension`` may differ from the one asked for; ``note`` then says why.

    ``text_lost``: the format could hold this text in principle, but not as much as this.
    """

    data: bytes
    extension: str
    note: str = ""
    text_lost: bool = False


def encode_picture(image: Image.Image, extension: str, text: EmbeddedText | None = None,
                   options: EncodingOptions | None = None) -> EncodedPicture:
    """Encode for a file extension; what the format cannot hold becomes a PNG, so that nothing is lost."""
    options = options or EncodingOptions()
    text = text if text and options.embed_text else EmbeddedText()
    extension = extension.lower().lstrip(".")
    if extension == "png":
        return EncodedPicture(encode_png(image, text.chunks), "png")
    if max(image.size) > MAX_SIDE_PX.get(extension, 2**31):
        return _as_png(image, text, f"{image.width}x{image.height} is too large for {extension}")
    try:
        return _encode_other(image, extension, text, options)
    except (ValueError, OSError, KeyError) as error:
        return _as_png(image, text, f"{extension} could not be written ({error})")


def _as_png(image: Image.Image, text: EmbeddedText, reason: str) -> EncodedPicture:
    return EncodedPicture(encode_png(image, text.chunks), "png", f"Saved as png: {reason}.")


def _encode_other(image: Image.Image, extension: str, text: EmbeddedText,
                  options: EncodingOptions) -> EncodedPicture:
    format_name = Image.registered_extensions().get(f".{extension}")
    if format_name not in WRITERS:
        raise ValueError("unknown format")
    lost = False
    settings = WRITERS[format_name](options)
    if profile := image.info.get("icc_profile"):
        settings["icc_profile"] = profile
    if text.single and format_name in ("JPEG", "WEBP", "AVIF"):
        block = write_user_comment(text.single)
        lost = format_name == "JPEG" and len(block) > MAX_JPEG_EXIF_BYTES
        settings |= {} if lost else {"exif": block}
    elif text.single and format_name == "GIF":
        settings["comment"] = text.single.encode("utf-8", "replace")
    buffer = io.BytesIO()
    _fit_mode(image, format_name).save(buffer, format=format_name, **settings)
    return EncodedPicture(buffer.getvalue(), extension, text_lost=lost)


def _quality(options: EncodingOptions) -> dict[str, Any]:
    return {"quality": options.jpeg_quality}


def _webp(options: EncodingOptions) -> dict[str, Any]:
    return {"quality": options.jpeg_quality, "lossless": options.webp_lossless}


WRITERS: dict[str, Callable[[EncodingOptions], dict[str, Any]]] = {
    "JPEG": _quality,
    "WEBP": _webp,
    "AVIF": _quality,
    "GIF": lambda options: {},
    "TIFF": lambda options: {},
    "BMP": lambda options: {},
}
"""Pillow format -> its settings for saving."""


def _fit_mode(image: Image.Image, format_name: str) -> Image.Image:
    """Bring a picture into a mode the format has; lossy formats drop transparency, as in A1111."""
    if format_name not in ("JPEG", "WEBP", "AVIF") or image.mode in ("RGB", "L"):
        return image
    if image.mode.startswith("I;16"):
        return image.point(lambda value: value * (1 / 257)).convert("L")
    return image.convert("RGB")
