"""Keeping the pictures that img2img started from."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from modules.artefacts.encoding import EmbeddedText
from modules.artefacts.naming import Destination
from modules.artefacts.saving import save_image
from modules.generation.workbench import Workbench


def save_init_image(bench: Workbench, picture: str, place: Destination) -> str:
    """Save a picture under the hash of its pixels, unless it is there already, and return the hash.

    Raises: OutputError. Reference: A1111 v1.10.1 ``save_init_img``.
    """
    image = bench.pictures.open(picture, field="init_images")
    name = hashlib.md5(image.tobytes(), usedforsecurity=False).hexdigest()
    folder = bench.data_folder / place.folder
    if not (folder / f"{name}.{place.extension}").exists():
        save_image(image, EmbeddedText(str(image.info.get("parameters", ""))),
                   replace(place, folder=folder, forced_name=name))
    return name
