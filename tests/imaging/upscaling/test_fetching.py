"""Downloads from a server of our own; nothing leaves this machine."""

import hashlib
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from modules.foundation.cancellation import Cancellation
from modules.foundation.errors import ModelFileError, NotFoundError
from modules.imaging.faces.known import DETECTOR, PARSER, RESTORERS
from modules.imaging.upscaling.fetching import MAX_BYTES, FetchCancelledError, fetch_known_model
from modules.imaging.upscaling.known import KNOWN_UPSCALERS, Download, KnownModel

CONTENT = b"weights" * 100_000
KNOWN = KnownModel("Known", "ESRGAN", ("known.pth",))


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/elsewhere":
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:9/whole")
            self.end_headers()
            return
        self.send_response(404 if self.path == "/none" else 200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(CONTENT[:len(CONTENT) // 2] if self.path == "/cut" else CONTENT)

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture(scope="module")
def server():
    with HTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()
        thread.join()


def known_at(url, content=CONTENT):
    return replace(KNOWN, download=Download(url, hashlib.sha256(content).hexdigest(), len(content), "MIT"))


def test_the_whole_file_arrives_and_progress_is_told(server, tmp_path):
    told = []
    path = fetch_known_model(known_at(f"{server}/whole"), tmp_path / "ESRGAN", lambda *count: told.append(count))
    assert path == tmp_path / "ESRGAN" / "known.pth" and path.read_bytes() == CONTENT
    assert told[-1] == (len(CONTENT), len(CONTENT)) and len(told) > 1


@pytest.mark.parametrize("place, content, error, words", [
    ("whole", b"something else", ModelFileError, "not the file that was published"),
    ("none", CONTENT, NotFoundError, "could not be downloaded"),
    ("cut", CONTENT, NotFoundError, "connection broke"),
    ("elsewhere", CONTENT, NotFoundError, "not secure"),
])
def test_nothing_is_kept_of_what_went_wrong(place, content, error, words, server, tmp_path):
    with pytest.raises(error, match=words):
        fetch_known_model(known_at(f"{server}/{place}", content), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_without_a_connection_it_says_what_to_do(tmp_path):
    with pytest.raises(NotFoundError) as refused:
        fetch_known_model(known_at("http://127.0.0.1:9/x"), tmp_path)
    assert "by other means" in refused.value.remedy and "models/ESRGAN" in refused.value.remedy


def test_it_can_be_stopped(server, tmp_path):
    cancellation = Cancellation()
    with pytest.raises(FetchCancelledError):
        fetch_known_model(known_at(f"{server}/whole"), tmp_path, lambda *_: cancellation.interrupt(), cancellation)
    assert list(tmp_path.iterdir()) == []


def test_files_without_a_known_download_say_where_they_belong(tmp_path):
    with pytest.raises(NotFoundError, match="No download of Known") as refused:
        fetch_known_model(KNOWN, tmp_path)
    assert "Put known.pth into models/ESRGAN" in refused.value.remedy


@pytest.mark.parametrize("known", [*KNOWN_UPSCALERS, *RESTORERS, DETECTOR, PARSER], ids=lambda known: known.label)
def test_downloads_are_secure_and_checked(known):
    if known.download:
        assert known.download.url.startswith("https://github.com/")
        assert len(bytes.fromhex(known.download.sha256)) == 32
        assert 0 < known.download.size_bytes < MAX_BYTES and known.download.licence
        assert known.download.source.count("/") == 2 and known.download.url.startswith(
            f"https://{known.download.source}/releases/")
