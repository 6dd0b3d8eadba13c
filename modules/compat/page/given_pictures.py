"""Pictures as components of the page give them: as an address, as the record of a file, as a gallery's list."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
from PIL import Image

from modules.compat.page.file_route import allowed_file
from modules.foundation.errors import InvalidRequestError
from modules.imaging.reading import open_image

INLINE = "data:image/"


def image_from_url_text(filedata: Any) -> Image.Image | None:
    """Return the picture that a component gave; None where it gave none.

    Raises: InvalidRequestError for what cannot be read, and for a file that the page may not have.
    """
    if filedata is None or isinstance(filedata, Image.Image):
        return filedata
    if isinstance(filedata, np.ndarray):
        return Image.fromarray(filedata)
    if isinstance(filedata, (list, tuple)):
        return image_from_url_text(filedata[0]) if filedata else None
    if isinstance(filedata, dict):
        return _open_file(str(filedata.get("name") or filedata.get("path") or ""))
    text = str(filedata)
    if text.startswith(INLINE):
        text = text.partition(";base64,")[2]
    elif "file=" in text or Path(text[:4096]).suffix:
        return _open_file(unquote(text.rpartition("file=")[2].partition("?")[0]))
    return open_image(io.BytesIO(base64.b64decode(text)).getvalue(), field="image")


def _open_file(written: str) -> Image.Image:
    path = allowed_file(written)
    if path is None:
        raise InvalidRequestError("image", f"{Path(written).name} is not a picture that this page may read.")
    return open_image(path, field="image")
