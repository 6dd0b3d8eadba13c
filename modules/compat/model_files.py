"""``modules.modelloader``: finding and fetching files of models."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from modules.compat.small_tools import load_file_from_url, natural_sort_key, walk_files


def load_models(model_path: str, model_url: str | None = None, command_path: str | None = None,
                ext_filter: list[str] | None = None, download_name: str | None = None,
                ext_blacklist: list[str] | None = None, hash_prefix: str | None = None) -> list[str]:
    """List the files of one or two folders; where there are none, ``model_url`` is fetched, or given back as it is.

    Raises: NotFoundError, ModelFileError while fetching.
    """
    found = list(dict.fromkeys(
        file for folder in (command_path, model_path) if folder and Path(folder).is_dir()
        for file in walk_files(folder, ext_filter)
        if not any(file.endswith(ending) for ending in ext_blacklist or ())))
    if found or not model_url:
        return sorted(found, key=natural_sort_key)
    if download_name is None:
        return [model_url]
    return [load_file_from_url(model_url, model_dir=model_path, file_name=download_name, hash_prefix=hash_prefix)]


def friendly_name(file: str) -> str:
    """Return the name of a file or address, without folders and ending."""
    return Path(urlsplit(file).path if file.startswith("http") else file).stem
