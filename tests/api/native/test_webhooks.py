from __future__ import annotations

import hashlib
import hmac
import http.server
import json
import threading

import pytest

from modules.api.native import webhooks
from modules.api.pictures.fetching import FetchRules
from modules.api.pictures.intake import PictureIntake
from tests.api.conftest import open_desk

REQUEST = {"prompt": "a castle", "width": 64, "height": 64, "steps": 3}


@pytest.fixture
def receiver():
    """A server that takes reports, after failing twice."""
    reports = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            reports.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(500 if len(reports) < 3 else 204)
            self.end_headers()
            if len(reports) == 3:
                self.server.done.set()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.done = threading.Event()
    server.reports = reports
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_the_end_of_a_job_is_reported_until_somebody_listens(tiny_models, tmp_path, receiver, monkeypatch):
    from starlette.testclient import TestClient

    monkeypatch.setattr(webhooks.Webhooks.__init__, "__defaults__", ((0, 0.01, 0.01),))
    with open_desk(tmp_path, tiny_models) as desk:
        settings = desk.services.generation.settings
        settings.update({"api_enable_requests": True, "api_forbid_local_requests": False})
        with TestClient(desk.app) as client:
            hook = {"url": f"http://127.0.0.1:{receiver.server_port}/hook", "secret": "s3cret"}
            job = client.post("/jobs", json={"request": REQUEST, "webhook": hook}).json()
            assert receiver.done.wait(10)
    headers, body = receiver.reports[-1]
    assert json.loads(body)["id"] == job["id"] == headers["X-Job-Id"] and json.loads(body)["state"] == "done"
    assert headers["X-Signature"] == "sha256=" + hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()


@pytest.mark.parametrize("url", ["http://127.0.0.1/x", "http://internal.example/x", "http://169.254.169.254/"])
def test_webhooks_lead_to_no_local_address(tiny_models, tmp_path, url):
    from starlette.testclient import TestClient

    with open_desk(tmp_path, tiny_models) as desk:
        services = desk.services
        services.generation.settings.update({"api_enable_requests": True})
        rules = FetchRules(1000, resolver=lambda host, _: ["10.0.0.1"] if "example" in host else [host])
        vars(services)["intake"] = PictureIntake(services.pictures, services.generation.settings, rules)
        with TestClient(desk.app) as client:
            answer = client.post("/jobs", json={"request": REQUEST, "webhook": {"url": url}})
    assert answer.status_code == 422 and answer.json()["detail"][0]["loc"] == ["body", "webhook", "url"]
    assert desk.runner.order == []
