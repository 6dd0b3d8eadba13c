"""What the page's scripts ask about plugins."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from modules.compat.facade import facade
from modules.compat.host import HOST
from modules.compat.page.file_route import build_file_route
from modules.compat.page.translations import read_translation

NEVER_KEPT = {"Cache-Control": "no-store"}


def build_plugin_routes() -> APIRouter:
    """Return the routes."""
    router = APIRouter(include_in_schema=False)
    router.include_router(build_file_route())

    @router.get("/internal/plugins/words.js")
    def words() -> Response:
        """The translation and all options, for scripts that ask for them while the page is loaded."""
        chosen = HOST.require().settings.current.interface.localization
        script = f"window.localization = {_safe(read_translation(chosen))};\nvar opts = {_options()};\n"
        return Response(script, media_type="text/javascript", headers=NEVER_KEPT)

    @router.get("/internal/plugins/options")
    def options() -> Response:
        return Response(_options(), media_type="application/json", headers=NEVER_KEPT)

    return router


def _options() -> str:
    return str(facade("shared").opts.dumpjson())


def _safe(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
