"""Telling plugins that the server is there, and keeping the page's addresses when they add their own."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from starlette.routing import BaseRoute, Match

from modules.compat.callbacks import listening
from modules.compat.host import HOST
from modules.foundation.errors import PluginError

PAGE_ADDRESSES = ("/", "/config", "/gradio_api/queue/join")
"""Without any of these the page does not come up or does nothing."""


def tell_of_start(blocks: Any, app: FastAPI) -> None:
    """Call everybody who waits for the server; routes that would hide the page are taken out and reported."""
    calls = HOST.require().calls
    for one in listening("app_started"):
        before = list(app.router.routes)
        calls.call(one.plugin, "on_app_started", one.callback, blocks, app)
        for route in [new for new in app.router.routes if new not in before and _hides_page(new)]:
            app.router.routes.remove(route)
            address = getattr(route, "path", "/") or "/"
            calls.note_failure(one.plugin, "on_app_started", PluginError(
                f"its route {address} would take the place of the page, so it was left out.",
                remedy="Give the route an address of its own."))


def _hides_page(route: BaseRoute) -> bool:
    return any(route.matches({"type": "http", "method": method, "path": path, "root_path": "", "headers": []})[0]
               == Match.FULL for path in PAGE_ADDRESSES for method in ("GET", "POST"))
