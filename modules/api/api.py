"""What A1111's extensions import of its API: ``decode_base64_to_image``, ``encode_pil_to_base64``, ``Api``,
``script_name_to_index``, ``validate_sampler_name``."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from fastapi import HTTPException
from PIL import Image

from modules.api.pictures.intake import WEB, decode
from modules.artefacts.encoding import EmbeddedText, EncodingOptions, encode_picture
from modules.foundation.errors import WebUIError
from modules.imaging.reading import open_image
from modules.sampling.registry import REGISTRY


def decode_base64_to_image(encoding: str) -> Image.Image:
    """Read a picture from base64, with or without ``data:image/…;base64,`` before it.

    Raises: HTTPException 500, as in A1111; addresses on the web are not fetched here.
    """
    if encoding[:8].lower().startswith(WEB):
        raise HTTPException(500, "Requests not allowed")
    try:
        return open_image(decode(encoding, "image"))
    except WebUIError as error:
        raise HTTPException(500, "Invalid encoded image") from error


def encode_pil_to_base64(image: Image.Image) -> bytes:
    """Write a picture as base64 of a PNG file, with the texts it carries."""
    texts = {key: value for key, value in image.info.items() if isinstance(key, str) and isinstance(value, str)}
    text = EmbeddedText(texts.pop("parameters", ""), "parameters", texts)
    return base64.b64encode(encode_picture(image, "png", text, EncodingOptions()).data)


def script_name_to_index(name: str, scripts: Sequence[Any]) -> int:
    """Find a script by its title. Raises: HTTPException 422."""
    for index, script in enumerate(scripts):
        if script.title().lower() == name.lower():
            return index
    raise HTTPException(422, f"Script '{name}' not found")


def validate_sampler_name(name: str) -> str:
    """Return the name of a sampler. Raises: HTTPException 400 where there is none."""
    label = REGISTRY.current.alias_map().get(name.lower())
    if label is None:
        raise HTTPException(400, "Sampler not found")
    return label


class Api:
    """A1111's class that holds the routes. Here ``api.assembly`` makes them; this is a name to annotate with."""
