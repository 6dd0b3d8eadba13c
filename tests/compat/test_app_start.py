"""Routes that plugins add when the server is there."""

from __future__ import annotations

import pytest
from fastapi import FastAPI


@pytest.mark.parametrize("address, kept", [("/", False), ("/{rest:path}", False), ("/config", False), ("/mine", True),
                                           ("/{name}/of/mine", True)])
def test_a_route_that_would_hide_the_page_is_left_out_and_reported(plugin_host, monkeypatch, address, kept):
    from modules.compat import app_start
    from modules.compat.callbacks import ScriptCallback

    app = FastAPI()
    one = ScriptCallback("routes.py", lambda blocks, app: app.get(address)(lambda: 1), "app_started", "routes")
    monkeypatch.setattr(app_start, "listening", lambda kind: [one])
    plugin_host.calls.forget("routes")
    app_start.tell_of_start(None, app)
    assert (address in {getattr(route, "path", "") for route in app.router.routes}) is kept
    assert bool(plugin_host.calls.failures("routes")) is not kept
    plugin_host.calls.forget("routes")
