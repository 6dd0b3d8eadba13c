"""A hub of our own on this machine; nothing leaves it."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from modules.hubs.access import Access

CONTENT = b"weights" * 200_000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Hub:
    """What the hub has, what it was asked, and how it misbehaves."""

    def __init__(self) -> None:
        self.address = ""
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.breaks: dict[str, list[int]] = defaultdict(list)
        """By path: after how many bytes of an answer the connection breaks, time after time."""
        self.ranges = True

    @property
    def access(self) -> Access:
        return Access(self.address, timeout_s=5)

    def put(self, path: str, content: bytes = CONTENT, *, status: int = 200, **headers: str) -> str:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[path] = (status, {"Content-Type": "application/octet-stream", **named}, content)
        return self.address + path

    def put_repository(self, name: str, files: dict[str, object], about: object = None, revision: str = "main"):
        """Files by path: a size, or what the hub tells of them."""
        entries = [{"type": "file", "path": path, "oid": "0" * 40, **(facts if isinstance(facts, dict) else {
            "size": facts})} for path, facts in files.items()]
        listing = [{"type": "directory", "path": "unet"}, *entries]
        self.put(f"/api/models/{name}", json.dumps(about or {}).encode())
        self.put(f"/api/models/{name}/tree/{revision}?recursive=true", json.dumps(listing).encode())

    def ranges_asked(self) -> list[str | None]:
        return [headers.get("Range") for _, headers in self.asked]


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            hub.asked.append((self.path, dict(self.headers)))
            status, headers, content = hub.answers.get(self.path, (404, {}, b"nothing"))
            asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
            if asked and hub.ranges and status == 200:
                begin, end = int(asked[1]), int(asked[2] or len(content) - 1)
                headers = {**headers, "Content-Range": f"bytes {begin}-{end}/{len(content)}"}
                status, content = 206, content[begin:end + 1]
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            left = hub.breaks[self.path]
            self.wfile.write(content[:left.pop(0)] if left else content)

        def handle(self):
            try:
                super().handle()
            except ConnectionError:
                """The other side has gone, as it may."""

        def log_message(self, *_):
            """Say nothing."""

    return Handler


@pytest.fixture
def hub():
    hub = Hub()
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(hub)) as server:
        hub.address = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield hub
        server.shutdown()
