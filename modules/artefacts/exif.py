"""The EXIF comment that carries an infotext in JPEG, WebP and AVIF files."""

from __future__ import annotations

import struct

from PIL import Image

EXIF_IFD, USER_COMMENT = 0x8769, 0x9286
UNICODE_MARK = b"UNICODE\0"
_MARKS = {b"ASCII\0\0\0": "ascii", b"JIS\0\0\0\0\0": "shift_jis"}
_UNDEFINED, _LONG = 7, 4
_HEADER = b"Exif\0\0"


def write_user_comment(text: str) -> bytes:
    """Build an EXIF block that holds nothing but this comment, as UTF-16BE."""
    comment = UNICODE_MARK + text.encode("utf-16-be", "replace")
    return _HEADER + b"".join((
        struct.pack(">2sHI", b"MM", 42, 8),
        struct.pack(">HHHIII", 1, EXIF_IFD, _LONG, 1, 26, 0),
        struct.pack(">HHHIII", 1, USER_COMMENT, _UNDEFINED, len(comment), 44, 0),
        comment,
    ))


def read_user_comment(block: bytes) -> str:
    """Read the comment of an EXIF block; empty where there is none or it cannot be read."""
    try:
        exif = Image.Exif()
        exif.load(block)
        comment = exif.get_ifd(EXIF_IFD).get(USER_COMMENT, b"")
    except Exception:  # the block is foreign data of any shape
        return ""
    if isinstance(comment, str):
        return comment
    return _decode(comment) if isinstance(comment, bytes) else ""


def _decode(comment: bytes) -> str:
    mark, body = comment[:8], comment[8:]
    if mark == UNICODE_MARK:
        text = body.decode(_utf16_order(body), "replace")
    elif mark in _MARKS:
        text = body.decode(_MARKS[mark], "ignore")
    else:
        text = comment.decode("utf-8", "ignore")
    return text.strip("\0")


def _utf16_order(body: bytes) -> str:
    """Guess the byte order: A1111 writes big-endian, some other programs little-endian."""
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    sample = body[:512]
    return "utf-16-le" if sample[1::2].count(0) > sample[0::2].count(0) else "utf-16-be"
