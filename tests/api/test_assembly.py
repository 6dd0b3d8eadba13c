"""What goes around the routes: headers, compression, documentation, a server without a page."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from modules.api.documentation import documentation_page
from modules.api.envelope import ApiEnvelope
from modules.api.failures import SafeJSONResponse, answer_failures

ROOT = Path(__file__).resolve().parents[2]


def test_every_answer_tells_its_time_and_large_ones_are_compressed(client):
    answer = client.get("/sdapi/v1/options")
    assert answer.headers["content-encoding"] == "gzip" and answer.headers["content-type"] == "application/json"
    assert len(answer.headers["x-process-time"].split(".")[1]) == 4
    small = client.get("/internal/ping")
    assert "content-encoding" not in small.headers and small.headers["x-content-type-options"] == "nosniff"
    plain = client.get("/sdapi/v1/options", headers={"Accept-Encoding": "identity"})
    assert plain.json() == answer.json() and "content-encoding" not in plain.headers


def test_the_page_is_left_alone():
    app = FastAPI()
    app.get("/anything")(lambda: "x" * 5000)
    answer = TestClient(ApiEnvelope(app)).get("/anything")
    assert "x-process-time" not in answer.headers and "content-encoding" not in answer.headers


def test_calls_are_logged_only_if_wanted(caplog):
    app = FastAPI()
    app.get("/sdapi/v1/x")(lambda: 1)
    with caplog.at_level(logging.INFO, "modules.api.envelope"):
        TestClient(ApiEnvelope(app)).get("/sdapi/v1/x")
        assert caplog.messages == []
        TestClient(ApiEnvelope(app, log_calls=True)).get("/sdapi/v1/x?secret=1")
    assert len(caplog.messages) == 1 and "GET '/sdapi/v1/x' 200" in caplog.messages[0]
    assert "secret" not in caplog.messages[0]


def test_the_description_is_a_page_without_other_servers(client):
    page = client.get("/docs").text
    assert "/sdapi/v1/txt2img" in page and "/jobs/{job_id}/events" in page and "denoising_strength" in page
    assert "http://" not in page and "https://" not in page.replace("https://example.com", "")
    assert client.get("/redoc", follow_redirects=False).headers["location"] == "docs"
    assert client.get("/openapi.json").json()["openapi"].startswith("3.")


def test_a_description_is_escaped():
    description = {"info": {"title": "<b>", "version": "1", "description": "<i>"}, "tags": [{"name": "<t>"}],
                   "paths": {"/<p>": {"get": {"tags": ["<t>"], "description": "<script>", "responses": {}}}}}
    page = documentation_page(description)
    for text in ("<b>", "<i>", "<t>", "<p>/", "<script>"):
        assert f">{text}" not in page
    assert "&lt;script&gt;" in page


@pytest.fixture
def failing():
    app = FastAPI()
    answer_failures(app)

    @app.get("/sdapi/v1/broken")
    @app.get("/jobs/broken")
    def broken():
        raise ZeroDivisionError("/secret/path")

    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def test_what_nobody_expected_is_told_by_a_number(failing, caplog):
    theirs, ours = failing.get("/sdapi/v1/broken"), failing.get("/jobs/broken")
    assert theirs.status_code == ours.status_code == 500
    assert theirs.json().keys() == {"error", "detail", "body", "errors"}
    assert theirs.json()["error"] == "ZeroDivisionError"
    for answer in (theirs, ours):
        assert "secret" not in answer.text
    number = theirs.json()["errors"].split()[-1].strip(").")
    assert number in caplog.text and "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize(("content", "text"), [
    ({"a": float("nan"), "b": [float("inf")]}, b'{"a":null,"b":[null]}'), ({"a": "\ud800"}, b'{"a":"\\ud800"}'),
    ({"a": "\u00e4"}, b'{"a":"\\u00e4"}')])
def test_any_content_can_be_answered(content, text):
    assert SafeJSONResponse(content).body == text


def test_a_server_without_a_page_answers_programs_alone(tiny_models, tmp_path):
    code = """
import sys
from modules.application.program import build_program
from modules.application.server import build_app, running_services
from modules.settings.flags import parse_launch_flags
flags = parse_launch_flags(sys.argv[1:])
program = build_program(flags)
with running_services(program) as services:
    from starlette.testclient import TestClient
    client = TestClient(build_app(program, services), base_url=f"http://127.0.0.1:{flags.effective_port}")
    print(flags.effective_port, client.get("/sdapi/v1/sd-models").status_code, client.get("/").status_code,
          len(client.get("/sdapi/v1/scripts").json()["txt2img"]) > 3)
"""
    arguments = ["--nowebui", "--data-dir", str(tmp_path), "--models-dir", str(tiny_models), "--use-cpu", "all"]
    result = subprocess.run([sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True,
                            check=True, timeout=120)
    assert result.stdout.split() == ["7861", "200", "404", "True"]
