"""Embeddings inside pictures: in a text chunk, or in the low bits of columns beside the image.

Reference: A1111 v1.10.1, textual inversion's image embedding.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError

_CHUNK = "sd-ti-embedding"
_TENSOR = "TORCHTENSOR"
_LOW_BITS = 0x0F
_MULTIPLIER, _INCREMENT, _MODULUS = 1664525, 1013904223, 255
_MAX_JSON_BYTES = 64 * 2**20
_Bytes: TypeAlias = "np.ndarray[Any, Any]"


def read_picture(path: Path) -> dict[str, Any] | None:
    """Give what a picture carries; None for one without, and for one that is damaged or too large to be one."""
    try:
        with Image.open(path) as image:
            chunk = image.info.get(_CHUNK)
            content = decode_text(chunk) if isinstance(chunk, str) else None
            return content or decode_pixels(np.asarray(image.convert("RGB")))
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError):
        return None


def decode_text(text: str) -> dict[str, Any] | None:
    """Read the text chunk: JSON in base64, with tensors as nested lists."""
    try:
        return _parse(base64.b64decode(text))
    except binascii.Error:
        return None


def decode_pixels(pixels: _Bytes) -> dict[str, Any] | None:
    """Read the columns left and right of the image, each set off by a black one. Shapes: ``[h, w, 3]``."""
    nibbles = _crop_black(pixels) & _LOW_BITS
    black = np.flatnonzero(nibbles.sum(axis=(0, 2)) == 0)
    if len(black) < 2:
        return None
    low, high = nibbles[:, :black[0]], nibbles[:, black[-1] + 1:]
    if low.shape != high.shape or not low.size:
        return None
    packed = (_unmask(high) << 4) | _unmask(low)
    try:
        return _parse(zlib.decompressobj().decompress(packed.tobytes(), _MAX_JSON_BYTES))
    except zlib.error:
        return None


def mask_stream(count: int) -> _Bytes:
    """Give the first values that hidden nibbles are masked with: a linear congruential generator's.

    Computed by doubling: having n values, the next n follow from them by n steps taken at once.
    """
    values = np.array([_INCREMENT], dtype=np.uint32)
    factor, offset = np.uint32(_MULTIPLIER), np.uint32(_INCREMENT)
    with np.errstate(over="ignore"):  # modulo 2³², as meant
        while len(values) < count:
            values = np.concatenate([values, values * factor + offset])
            factor, offset = factor * factor, offset * factor + offset
    return (values[:count] % _MODULUS).astype(np.uint8)


def _unmask(block: _Bytes) -> _Bytes:
    return block.reshape(-1) ^ (mask_stream(block.size) & _LOW_BITS)


def _crop_black(pixels: _Bytes) -> _Bytes:
    """Cut off the rows and columns around the picture in which no pixel has all its colours."""
    lit = np.all(pixels > 0, axis=2)
    rows, columns = np.flatnonzero(np.any(lit, axis=1)), np.flatnonzero(np.any(lit, axis=0))
    if not len(rows):
        return pixels[:0]
    return pixels[rows[0]:rows[-1] + 1, columns[0]:columns[-1] + 1]


def _parse(data: bytes) -> dict[str, Any] | None:
    try:
        content = json.loads(data, object_hook=_restore_tensor)
    except (ValueError, TypeError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _restore_tensor(table: dict[str, Any]) -> Any:
    return torch.tensor(table[_TENSOR], dtype=torch.float32) if _TENSOR in table else table
