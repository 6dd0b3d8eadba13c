"""Pictures that components of the page lie in."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from gradio.utils import get_upload_folder

from modules.compat.page.file_route import allowed_file
from modules.imaging.png import encode_png


class Savedfile(NamedTuple):
    """A file that was saved already."""

    name: str


def register_tmp_file(gradio_app: Any, filename: str) -> None:
    """Do nothing: ``/file=`` knows its folders."""


def check_tmp_file(gradio_app: Any, filename: str) -> bool:
    """Say whether the page may have a file."""
    return allowed_file(filename) is not None


def is_gradio_temp_path(path: str) -> bool:
    return Path(path).resolve().is_relative_to(Path(get_upload_folder()).resolve())


def save_pil_to_file(pil_image: Any, cache_dir: str | None = None, format: str = "png") -> str:
    """Write a picture where components look for theirs, unless it lies in a file already; return the path."""
    known = getattr(pil_image, "already_saved_as", None)
    if known and Path(known).is_file():
        return str(known)
    from gradio.processing_utils import save_bytes_to_cache

    return str(save_bytes_to_cache(encode_png(pil_image), "picture.png", cache_dir or get_upload_folder()))


def do_nothing(*_: Any, **__: Any) -> None:
    """Gradio clears its folder itself."""
