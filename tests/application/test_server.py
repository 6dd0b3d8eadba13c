"""The server as a process: starts, stays off the network, survives a kill, stops."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from PIL import Image

from modules.generation.request import GenerationRequest
from modules.jobs.generation_runner import KIND, StoredGeneration
from modules.jobs.job import JobState
from modules.jobs.store import JobStore, new_job
from modules.settings.values import Settings

ROOT = Path(__file__).parents[2]
OFFLINE = """
import socket, sys
allowed = ("127.0.0.1", "::1", "localhost", "0.0.0.0", "", None)
def refuse(event, arguments):
    if event == "socket.connect" and arguments[0].family in (socket.AF_INET, socket.AF_INET6):
        if arguments[1][0] not in allowed:
            print("OUTBOUND", arguments[1], flush=True)
    if event == "socket.getaddrinfo" and arguments[0] not in allowed:
        print("OUTBOUND", arguments[0], flush=True)
sys.addaudithook(refuse)
from modules.application.main import main
sys.exit(main(sys.argv[1:]))
"""


class Server:
    """A server process and its port."""

    def __init__(self, data: Path, models: Path, *more: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.log = data / "server.log"
        with open(self.log, "a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", OFFLINE, "--port", str(self.port), "--data-dir", str(data), "--models-dir",
                 str(models), "--use-cpu", "all", *more], cwd=ROOT, stdout=log, stderr=log,
                env={**os.environ, "OMP_NUM_THREADS": "1"})

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return answer.read()

    def wait(self, ready, seconds: float = 90):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if result := ready():
                    return result
            except OSError:
                assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.1)
        raise AssertionError(self.log.read_text())

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(20)


@pytest.fixture
def start(tiny_models, tmp_path):
    servers = []

    def start(*more):
        servers.append(Server(tmp_path, tiny_models, *more))
        return servers[-1]

    yield start
    for server in servers:
        if server.process.poll() is None:
            server.process.kill()
            server.process.wait()


def queue_batch_of_eight(folder: Path) -> str:
    """Write down a job as a page would have, for the server to find when it starts."""
    request = GenerationRequest(
        prompt="a castle", seed=1, subseed=1, steps=10, cfg_scale=7, width=64, height=64, batch_count=8,
        sampler_name="Euler", scheduler="Automatic", checkpoint="tiny-sd1.safetensors")
    store = JobStore(folder / "jobs.sqlite3")
    stored = StoredGeneration(request, Settings().with_values({"randn_source": "CPU"}), ())
    job = store.add(new_job(KIND, stored.to_json(), client="tests", title="a castle"), None)
    store.close()
    return job.id


def test_a_kill_in_the_middle_of_eight_pictures_loses_nothing(start, tmp_path):
    job = queue_batch_of_eight(tmp_path)

    def pictures(server):
        return json.loads(server.get(f"/internal/jobs/{job}"))["pictures"]

    first = start()
    first.wait(lambda: len(pictures(first)) >= 3)
    first.process.kill()
    first.process.wait()
    for path in (tmp_path / "outputs").rglob("*.png"):
        Image.open(path).load()
    second = start()
    second.wait(lambda: json.loads(second.get(f"/internal/jobs/{job}"))["state"] == JobState.DONE.value)
    made = [picture for picture in pictures(second) if picture["kind"] == "image"]
    assert [picture["seed"] for picture in made] == list(range(1, 9))
    files = sorted((tmp_path / "outputs" / "txt2img-images").rglob("*.png"))
    assert len({path.name.split("-")[1] for path in files}) == 8
    assert second.stop() == 0
    assert "OUTBOUND" not in second.log.read_text()


def test_a_port_in_use_is_said_before_anything_is_loaded(start, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        server = start("--port", str(taken.getsockname()[1]))
        server.process.wait(30)
    assert "cannot be used" in server.log.read_text() and "--port" in server.log.read_text()
