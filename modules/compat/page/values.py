"""Values of scripts' controls on their way into a request, which is JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from modules.artefacts.picture_store import PictureStore
from modules.imaging.png import encode_png


class NotJsonError(TypeError):
    """A value that a request cannot carry."""


def written(value: Any, pictures: PictureStore) -> Any:
    """Return a value as JSON has it; pictures are kept, and named by ``{"picture": id}``.

    A picture that the control gave as numbers is told as ``{"picture": id, "array": true}``.
    Raises: NotJsonError; OutputError where a picture cannot be kept.
    """
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise NotJsonError(str(value))
        return value
    if isinstance(value, (str, Path)):
        return str(value)
    if isinstance(value, Image.Image):
        return {"picture": pictures.keep(encode_png(value))}
    if isinstance(value, np.ndarray) and value.ndim in (2, 3) and value.dtype == np.uint8:
        return {"picture": pictures.keep(encode_png(Image.fromarray(value))), "array": True}
    if isinstance(value, np.generic):
        return written(value.item(), pictures)
    if isinstance(value, (list, tuple)):
        return [written(one, pictures) for one in value]
    if isinstance(value, Mapping):
        return {str(key): written(one, pictures) for key, one in value.items()}
    raise NotJsonError(type(value).__name__)


def written_or(value: Any, default: Any, pictures: PictureStore) -> Any:
    """Return a value as JSON has it, else the default, else None."""
    for one in (value, default):
        try:
            return written(one, pictures)
        except NotJsonError:
            continue
    return None
