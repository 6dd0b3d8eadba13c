"""``/file=PATH``, where scripts of extensions find their own files, and pictures that were made."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable
from pathlib import Path

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse, Response
from gradio.utils import get_upload_folder

from modules.compat.host import HOST
from modules.compat.page.head import USER_STYLE

SHOWN = frozenset((
    ".js", ".mjs", ".css", ".map", ".json", ".html", ".htm", ".txt", ".csv", ".tsv", ".md", ".wasm", ".svg", ".png",
    ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".bmp", ".ico", ".woff", ".woff2", ".ttf", ".otf", ".mp3", ".wav",
    ".ogg", ".mp4", ".webm", ".yaml", ".yml", ".onnx", ".glb", ".gltf", ".bin", ".task", ".tflite"))
"""What an extension's files may be; its programs, databases and keys are nobody's business on the page."""
ACTIVE = frozenset((".html", ".htm", ".svg", ".xml", ".xhtml"))
"""What a browser would run as a page of ours."""


def build_file_route() -> APIRouter:
    """Return the route. What is not in one of a few folders is not found, whether it is there or not."""
    router = APIRouter(include_in_schema=False)

    @router.get("/file={path:path}")
    def file(path: str) -> Response:
        found = allowed_file(path)
        if found is None:
            raise HTTPException(404)
        headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=3600"}
        if found.suffix.lower() in ACTIVE and not _below(found, _plugin_folders()):
            headers["Content-Security-Policy"] = "sandbox"
        kind = "text/javascript" if found.suffix == ".mjs" else mimetypes.guess_type(found.name)[0]
        return FileResponse(found, media_type=kind or "application/octet-stream", headers=headers)

    return router


def allowed_file(written: str) -> Path | None:
    """Return a file that the page may have; relative names count from the program's folder. None otherwise."""
    host = HOST.require()
    try:
        path = (host.discovery.places.program / written).resolve(strict=True)
    except (OSError, ValueError, RuntimeError):
        return None
    if not path.is_file() or path.suffix.lower() not in SHOWN:
        return None
    folder = _below(path, (*_plugin_folders(), *_picture_folders()))
    if folder is None:
        return path if path == (host.flags.data_dir / USER_STYLE).resolve() else None
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return None if hidden else path


def _plugin_folders() -> Iterable[Path]:
    discovery = HOST.require().discovery
    program = discovery.places.program
    yield from (plugin.root.resolve() for plugin in discovery.active)
    # "tmp": where tag autocompletion leaves lists for its own script
    yield from ((program / name).resolve() for name in ("scripts", "javascript", "html", "tmp"))


def _picture_folders() -> Iterable[Path]:
    host = HOST.require()
    data = host.bench.data_folder
    paths = host.settings.current.paths
    names = (value for key, value in vars(paths).items() if key.startswith("outdir_") and value)
    folders = ((data / str(name)).resolve() for name in ("outputs", *names))
    # programs may choose any folder in the data folder, but not itself: settings lie there
    yield from (folder for folder in folders if not data.resolve().is_relative_to(folder))
    yield Path(get_upload_folder()).resolve()


def _below(path: Path, folders: Iterable[Path]) -> Path | None:
    return next((folder for folder in folders if path.is_relative_to(folder) and path != folder), None)
