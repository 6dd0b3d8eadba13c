"""The Extensions tab's questions, over a shelf of its own."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from modules.api.failures import answer_failures
from modules.frontend.extensions_routes import build_extension_routes
from modules.plugins.call_log import CallLog
from modules.plugins.shelf import PluginShelf
from modules.settings.flags import parse_launch_flags
from modules.settings.store import SettingsStore

ADDRESS = "/internal/extensions"


@pytest.fixture
def serve(tmp_path):
    """Serve the routes of two extensions, under the flags a test gives."""
    for name in ("one", "two"):
        (tmp_path / "extensions" / name / "scripts").mkdir(parents=True)

    def start(*arguments):
        flags = parse_launch_flags(["--data-dir", str(tmp_path), *arguments])
        settings = SettingsStore(flags.ui_settings_file)
        shelf = PluginShelf(flags, settings, CallLog(), program=tmp_path)
        app = FastAPI()
        answer_failures(app)
        app.include_router(build_extension_routes(shelf, settings))
        return TestClient(app, raise_server_exceptions=False), shelf

    return start


def test_what_is_installed_and_how_it_does(serve):
    client, shelf = serve()
    shelf.calls.call("one", "ui", lambda: 1 / 0)
    answer = client.get(ADDRESS).json()
    one, two = answer["extensions"]
    assert (one["name"], one["word"], two["word"]) == ("one", "failed", "loaded")
    assert one["failures"][0]["error"] == "ZeroDivisionError: division by zero"
    assert "Traceback" in one["failures"][0]["trace"] and one["costs"][0]["calls"] == 1
    assert answer["allowed"] and not answer["safe_mode"] and answer["level"] == "none"


def test_switching_off_and_on(serve):
    client, _ = serve()
    answer = client.post(f"{ADDRESS}/apply", json={"enabled": ["two"], "level": "none"}).json()
    assert [one["word"] for one in answer["extensions"]] == ["off after a restart", "loaded"]
    assert client.post(f"{ADDRESS}/apply", json={"enabled": [], "level": "most"}).status_code == 422
    assert client.post(f"{ADDRESS}/apply", json={"enabled": ["nobody"], "level": "none"}).status_code == 404


def test_installing_reloading_and_taking_out(serve, tmp_path):
    client, _ = serve()
    (tmp_path / "elsewhere").mkdir()
    assert client.post(f"{ADDRESS}/install", json={"source": str(tmp_path / "elsewhere")}).json() == {
        "name": "elsewhere"}
    assert "elsewhere was loaded" in client.post(f"{ADDRESS}/elsewhere/reload").json()["told"]
    assert ".trash" in client.post(f"{ADDRESS}/elsewhere/uninstall").json()["kept"]
    assert client.post(f"{ADDRESS}/elsewhere/reload").status_code == 404
    refused = client.post(f"{ADDRESS}/install", json={"source": "--upload-pack=x"})
    assert refused.status_code == 422 and "not an address" in refused.json()["error"]


@pytest.mark.parametrize(("path", "body"), [
    ("apply", {"enabled": [], "level": "none"}), ("install", {"source": "https://example.com/a/b"}),
    ("one/reload", None), ("one/check", None), ("one/update", None), ("one/uninstall", None)])
def test_nothing_is_changed_where_others_reach_the_server(serve, path, body):
    client, shelf = serve("--listen")
    answer = client.post(f"{ADDRESS}/{path}", json=body)
    assert answer.status_code == 403 and "Other computers" in answer.json()["error"]
    assert len(shelf.look().active) == 2
    assert client.get(ADDRESS).json()["allowed"] is False


def test_a_launch_option_that_switches_off_is_told(serve):
    client, _ = serve("--disable-all-extensions")
    assert client.get(ADDRESS).json()["safe_mode"] is True


def test_what_switches_off_all_leaves_each_ones_own_switch(serve):
    client, _ = serve()
    client.post(f"{ADDRESS}/apply", json={"enabled": ["two"], "level": "all"})
    answer = client.get(ADDRESS).json()
    assert [(one["chosen"], one["word"]) for one in answer["extensions"]] == [
        (False, "off after a restart"), (True, "off after a restart")]
    assert answer["level"] == "all" and not answer["safe_mode"]
