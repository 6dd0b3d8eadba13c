from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHROMIUM_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
                    "--disable-background-networking", "--disable-component-update"]


@pytest.fixture(scope="session")
def networks(tmp_path_factory) -> Path:
    """Folders ``Lora`` and ``embeddings`` that the running web UI reads; tests put files there."""
    folder = tmp_path_factory.mktemp("networks")
    for name in ("Lora", "embeddings"):
        (folder / name).mkdir()
    return folder


@pytest.fixture(scope="session")
def address(tmp_path_factory, networks):
    """A running web UI with the default model, on a port of its own."""
    with serving(tmp_path_factory.mktemp("browser"), networks) as url:
        yield url


@contextlib.contextmanager
def serving(folder: Path, networks: Path) -> Iterator[str]:
    """Run a web UI with its data in ``folder``."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with open(folder / "server.log", "w") as log:
        server = subprocess.Popen(
            [sys.executable, "-c", "import sys, modules.application.main as entry; sys.exit(entry.main(sys.argv[1:]))",
             "--port", str(port), "--data-dir", str(folder), "--models-dir", str(ROOT / "models"), "--use-cpu", "all",
             "--lora-dir", str(networks / "Lora"), "--embeddings-dir", str(networks / "embeddings")],
            cwd=ROOT, stdout=log, stderr=log)
    try:
        wait_until_served(f"http://127.0.0.1:{port}/", server, folder / "server.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def wait_until_served(url: str, server: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert server.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(log.read_text())


@pytest.fixture(scope="module")
def browser():
    """A Chromium. Not for the whole session: Playwright's event loop would be in the way of asyncio tests."""
    from playwright.sync_api import sync_playwright

    found = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not found:
        pytest.skip("no Chromium found: install one, or name it in CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=CHROMIUM_OPTIONS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser, address):
    """The page, ready to be used. A script error fails the test."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(address)
    page.wait_for_selector(".webui-ready", state="attached", timeout=60_000)
    yield page
    page.close()
    assert errors == []
