"""Two hundred programs at once."""

from __future__ import annotations

import asyncio
import gc
import threading
import time

import httpx
import psutil
import pytest

from tests.api.conftest import open_desk, serve

REQUEST = {"prompt": "a castle", "width": 64, "height": 64, "steps": 3}
CLIENTS = 200


async def ask_all(port: int, names: list[str], auth=None) -> list[httpx.Response]:
    """Send a request for every name at once, in order, and wait for all answers."""
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60, limits=limits) as client:
        return await asyncio.gather(*(client.post(
            "/sdapi/v1/txt2img", json={**REQUEST, "prompt": name, "seed": number}, auth=auth)
            for number, name in enumerate(names)))


def test_two_hundred_at_once_are_all_answered_in_order_and_memory_stays(tiny_models, tmp_path):
    names = [f"picture {number}" for number in range(CLIENTS)]
    with open_desk(tmp_path, tiny_models) as desk, serve(desk.guarded) as port:
        asyncio.run(ask_all(port, names[:50]))  # warm: imports, threads, caches
        gc.collect()
        before, threads = psutil.Process().memory_info().rss, threading.active_count()
        desk.runner.order.clear()
        answers = asyncio.run(ask_all(port, names))
        assert [answer.status_code for answer in answers] == [200] * CLIENTS
        monitor = desk.queue.monitor
        for number, answer in enumerate(answers):
            assert answer.json()["parameters"]["seed"] == number
            assert monitor.get(answer.headers["x-job-id"]).title == names[number], "everybody gets their own picture"
        created = sorted(desk.runner.order, key=lambda job: monitor.get(job).created_s)
        assert created == desk.runner.order, "first come, first served"
        gc.collect()
        assert psutil.Process().memory_info().rss - before < 50 * 2**20
        assert threading.active_count() <= threads + 5


def test_a_crowd_of_one_does_not_keep_others_waiting(tiny_models, tmp_path):
    flags = ("--api-auth", "many:a,few:b")
    with open_desk(tmp_path, tiny_models, *flags) as desk, serve(desk.guarded) as port:
        desk.runner.gate.clear()
        crowd = threading.Thread(target=lambda: asyncio.run(ask_all(port, ["crowd"] * 60, ("many", "a"))))
        crowd.start()
        wait_for(lambda: len(desk.queue.monitor.unfinished("user:many")) == 60)
        single = threading.Thread(target=lambda: asyncio.run(ask_all(port, ["single"] * 2, ("few", "b"))))
        single.start()
        wait_for(lambda: len(desk.queue.monitor.unfinished("user:few")) == 2)
        desk.runner.gate.set()
        crowd.join(60)
        single.join(60)
        titles = [desk.queue.monitor.get(job).title for job in desk.runner.order]
        assert [place for place, title in enumerate(titles) if title == "single"][-1] <= 5


def test_the_job_of_a_client_that_vanishes_is_finished_and_can_be_fetched(tiny_models, tmp_path):
    with open_desk(tmp_path, tiny_models) as desk, serve(desk.guarded) as port:
        desk.runner.gate.clear()
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"http://127.0.0.1:{port}/sdapi/v1/txt2img", json=REQUEST, timeout=0.5)
        desk.runner.gate.set()
        job = httpx.get(f"http://127.0.0.1:{port}/jobs").json()["jobs"][0]
        assert desk.queue.monitor.wait(job["id"], 10).state.value == "done"
        assert httpx.get(f"http://127.0.0.1:{port}/jobs/{job['id']}/pictures/0").status_code == 200


def test_the_server_answers_while_everything_waits(tiny_models, tmp_path):
    with open_desk(tmp_path, tiny_models) as desk, serve(desk.guarded) as port:
        desk.runner.gate.clear()
        crowd = threading.Thread(target=lambda: asyncio.run(ask_all(port, ["crowd"] * 100)))
        crowd.start()
        wait_for(lambda: len(desk.queue.monitor.unfinished()) == 100)
        for path in ("/internal/ping", "/sdapi/v1/progress", "/sdapi/v1/options", "/jobs?limit=1"):
            assert httpx.get(f"http://127.0.0.1:{port}{path}", timeout=5).status_code == 200
        desk.runner.gate.set()
        crowd.join(60)


def wait_for(ready, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.01)
