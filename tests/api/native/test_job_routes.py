"""Our own API: a job outlives the connection that asked for it."""

from __future__ import annotations

import base64
import json
import threading
from dataclasses import fields

import pytest

from modules.api.native.request_schema import field_comments, request_schema
from modules.generation.request import GenerationRequest
from modules.jobs.executor import QueueLimits
from tests.api.conftest import open_desk, png

REQUEST = {"prompt": "a castle", "width": 64, "height": 64, "steps": 3, "seed": 5}


def order(client, status=201, headers=None, **body):
    answer = client.post("/jobs", json={"request": REQUEST, **body}, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()


def finished(client, desk, **body):
    job = order(client, **body)
    desk.queue.monitor.wait(job["id"], 10)
    return client.get(f"/jobs/{job['id']}").json()


def events(client, job_id, headers=None, after=0):
    text = client.get(f"/jobs/{job_id}/events?after={after}", headers=headers or {}).text
    blocks = [dict(line.split(": ", 1) for line in block.split("\n")) for block in text.strip().split("\n\n")]
    return [{**block, "data": json.loads(block["data"])} for block in blocks if "data" in block]


def test_a_job_from_order_to_picture(client, desk):
    job = finished(client, desk)
    assert job["state"] == "done" and job["fraction"] == 1 and job["title"] == "a castle"
    assert job["request"]["checkpoint"] == "tiny-sd1.safetensors" and job["request"]["seed"] == 5
    picture = job["pictures"][0]
    assert picture["seed"] == 5 and picture["kind"] == "image" and "path" not in picture
    answer = client.get(picture["url"])
    assert answer.content == png() and answer.headers["content-type"] == "image/png"
    whole = client.get(f"/jobs/{job['id']}?pictures=base64").json()
    assert base64.b64decode(whole["pictures"][0]["base64"]) == png()


def test_the_answer_says_where_the_job_is(client, desk):
    answer = client.post("/jobs", json={"request": REQUEST})
    assert answer.headers["location"] == f"/jobs/{answer.json()['id']}"


@pytest.mark.parametrize("way", ["field", "header"])
def test_the_same_key_gives_the_same_job(client, way):
    body = {"idempotency_key": f"once {way}"} if way == "field" else {}
    headers = {"Idempotency-Key": f"once {way}"} if way == "header" else {}
    first = order(client, headers=headers, **body)
    again = order(client, 200, headers=headers, **body)
    assert again["id"] == first["id"]


def test_jobs_are_listed_newest_first(client, desk):
    first, second = finished(client, desk), finished(client, desk)
    listed = client.get("/jobs?limit=2").json()["jobs"]
    assert [job["id"] for job in listed] == [second["id"], first["id"]]
    assert listed[0]["request"] is None


def test_events_are_numbered_and_can_be_asked_for_again(client, desk):
    job = finished(client, desk, request={**REQUEST, "batch_count": 2})
    told = events(client, job["id"])
    assert [event["id"] for event in told] == ["1", "2", "3", "4", "5"]
    assert [event["event"] for event in told] == ["state", "state", "picture", "picture", "state"]
    assert told[3]["data"]["url"] == f"/jobs/{job['id']}/pictures/1" and "path" not in told[3]["data"]
    assert told[-1]["data"]["state"] == "done"
    assert [event["id"] for event in events(client, job["id"], after=3)] == ["4", "5"]
    assert [event["id"] for event in events(client, job["id"], {"Last-Event-ID": "4"})] == ["5"]
    assert len(events(client, job["id"], {"Last-Event-ID": "nonsense"})) == 5


def test_a_running_job_is_followed_and_stopped(client, desk):
    desk.runner.gate.clear()
    desk.runner.started.clear()
    job = order(client, request={**REQUEST, "batch_count": 3})
    told = []
    follower = threading.Thread(target=lambda: told.extend(events(client, job["id"])))
    follower.start()
    try:
        assert desk.runner.started.wait(10)
        view = client.get(f"/jobs/{job['id']}").json()
        assert (view["state"], view["stage"], view["step"]) == ("running", "sampling", 3)
        waiting = order(client)
        assert client.get(f"/jobs/{waiting['id']}").json()["queue_position"] == 1
        assert client.delete(f"/jobs/{waiting['id']}").json()["state"] == "cancelled"
        assert client.post(f"/jobs/{job['id']}/skip").json() == {"running": True}
        assert client.post(f"/jobs/{job['id']}/finish").json() == {"running": True}
        assert client.get(f"/jobs/{job['id']}/preview").status_code == 404
        client.post(f"/jobs/{job['id']}/cancel")
    finally:
        desk.runner.gate.set()
        follower.join(10)
    assert told[-1]["data"]["state"] == "cancelled"
    assert any(event["event"] == "progress" and "id" not in event for event in told)


@pytest.mark.parametrize(("method", "path"), [
    ("GET", "/jobs/nobody"), ("GET", "/jobs/nobody/events"), ("DELETE", "/jobs/nobody"),
    ("POST", "/jobs/nobody/cancel"),
    ("POST", "/jobs/nobody/skip"), ("POST", "/jobs/nobody/resume"), ("GET", "/jobs/nobody/pictures/0"),
    ("GET", "/jobs/nobody/preview"), ("GET", f"/pictures/{'0' * 40}")])
def test_what_is_not_there(client, method, path):
    answer = client.request(method, path)
    assert answer.status_code == 404 and answer.json()["error"]


@pytest.mark.parametrize("number", ["1", "-1", "99999999999999999999"])
def test_a_picture_that_is_not_there(client, desk, number):
    assert client.get(f"/jobs/{finished(client, desk)['id']}/pictures/{number}").status_code == 404


def test_a_finished_job_is_not_resumed(client, desk):
    answer = client.post(f"/jobs/{finished(client, desk)['id']}/resume")
    assert answer.status_code == 422 and "done" in answer.json()["error"]


@pytest.mark.parametrize(("body", "place"), [
    ({"request": {"steps": 10**9}}, ["request", "steps"]), ({"request": {"no_such": 1}}, ["request", "no_such"]),
    ({"request": {"steps": "5"}}, ["request", "steps"]), ({"request": {"soft_inpainting": {"x": 1}}},
                                                           ["request", "soft_inpainting", "x"]),
    ({"request": {"override_settings": {"outdir_samples": "/etc"}}}, ["request", "outdir_samples"]),
    ({"request": 5}, ["request"]), ({}, ["request"]), ({"request": {}, "more": 1}, ["more"]),
    ({"request": {}, "idempotency_key": ""}, ["idempotency_key"]),
    ({"request": {"init_images": ["../../etc/passwd"]}}, ["request", "init_images"]),
    ({"request": {}, "webhook": {"url": "http://a.example/"}}, ["webhook", "url"])])
def test_bad_orders_name_the_field(client, body, place):
    answer = client.post("/jobs", json=body)
    assert answer.status_code == 422, answer.text
    content = answer.json()
    assert content["detail"][0]["loc"][:len(place) + 1] == ["body", *place] and content["error"]


def test_overrides_that_only_the_page_may_set_are_passed_over(client, desk):
    job = order(client, request={**REQUEST, "override_settings": {"api_enable_requests": True, "eta_ddim": 1}})
    assert job["request"]["override_settings"] == {"eta_ddim": 1}


def test_pictures_are_handed_in_and_named(client, desk):
    data = png(32, 16)
    for body in ({"content": data, "headers": {"Content-Type": "image/png"}},
                 {"content": data, "headers": {"Content-Type": "application/octet-stream"}},
                 {"files": {"image": ("a.png", data, "image/png")}}):
        answer = client.post("/pictures", **body)
        assert answer.status_code == 201, answer.text
        taken = answer.json()
        assert (taken["width"], taken["height"]) == (32, 16)
    served = client.get(f"/pictures/{taken['id']}")
    assert served.content == data and served.headers["content-type"] == "image/png"
    job = finished(client, desk, request={**REQUEST, "init_images": [taken["id"]]})
    assert job["state"] == "done" and job["request"]["init_images"] == [taken["id"]]


@pytest.mark.parametrize("body", [{"content": b"no picture"}, {"content": b""}, {"files": {"other": ("a", b"x")}},
                                  {"data": {"image": "text"}, "files": {"x": ("a", b"x")}}])
def test_what_is_no_picture_is_not_taken(client, body):
    assert client.post("/pictures", headers={"X-Test": "1"}, **body).status_code in (400, 422)


def test_the_schema_has_every_field_and_its_comment():
    schema = request_schema()
    assert list(schema["properties"]) == [item.name for item in fields(GenerationRequest)]
    assert schema["properties"]["steps"]["anyOf"][0] == {"type": "integer", "minimum": 1, "maximum": 1000}
    comments = field_comments(GenerationRequest)
    assert schema["properties"]["seed"]["description"] == comments["seed"] == "-1 and None: a random one."
    assert schema["properties"]["outpainting"]["anyOf"][0]["properties"]["left"] == {"type": "integer", "default": 0}


def test_a_full_queue_says_when_to_come_again(tiny_models, tmp_path):
    from starlette.testclient import TestClient

    with open_desk(tmp_path, tiny_models, limits=QueueLimits(total=2, per_client=2)) as desk:
        desk.runner.gate.clear()
        with TestClient(desk.app) as client:
            order(client)
            assert desk.runner.started.wait(10)
            order(client)
            order(client)
            refused = client.post("/jobs", json={"request": REQUEST})
            assert refused.status_code == 429 and int(refused.headers["retry-after"]) >= 1
            assert set(refused.json()) == {"error", "remedy"}
            refused = client.post("/sdapi/v1/txt2img", json=REQUEST)
            assert refused.status_code == 429 and int(refused.headers["retry-after"]) >= 1
            assert set(refused.json()) == {"error", "detail", "body", "errors"}
        desk.runner.gate.set()


def test_users_do_not_touch_one_another_s_jobs(tiny_models, tmp_path):
    from starlette.testclient import TestClient

    with open_desk(tmp_path, tiny_models, "--api-auth", "ann:a,bob:b") as desk:
        desk.runner.gate.clear()
        with TestClient(desk.guarded, base_url="http://127.0.0.1:7860") as ann, \
                TestClient(desk.guarded, base_url="http://127.0.0.1:7860") as bob:
            assert ann.get("/jobs").status_code == 401
            assert ann.get("/sdapi/v1/options").headers["www-authenticate"].startswith("Basic")
            ann.auth, bob.auth = ("ann", "a"), ("bob", "b")
            job = order(ann)
            assert desk.runner.started.wait(10)
            for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/skip"), ("GET", "/events"),
                                 ("GET", "/pictures/0")):
                assert bob.request(method, f"/jobs/{job['id']}{path}").status_code == 403
            assert bob.post("/sdapi/v1/interrupt").status_code == 403
            assert bob.get("/sdapi/v1/progress").json()["state"]["job_count"] == 0
            assert bob.post("/internal/progress", json={"id_task": job["id"]}).json()["active"] is False
            assert bob.get("/jobs?scope=all").json() == {"jobs": []}
            assert ann.get("/sdapi/v1/progress").json()["state"]["job_count"] == 1
            assert ann.delete(f"/jobs/{job['id']}").status_code == 200
        desk.runner.gate.set()


def test_a_body_that_is_no_json_is_refused_in_plain_words(client):
    answer = client.post("/jobs", content="x", headers={"Content-Type": "application/json"})
    assert answer.status_code == 422 and answer.json()["error"].startswith("Invalid JSON")
