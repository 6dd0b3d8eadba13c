from __future__ import annotations

import io
import time
import zipfile

import pytest
from PIL import Image

from modules.frontend.routes import ASSETS
from modules.generation.request import GenerationRequest

REQUEST = GenerationRequest(prompt="a castle", seed=1, steps=3, width=64, height=64, sampler_name="Euler",
                            batch_count=2, override_settings={"randn_source": "CPU"})


@pytest.fixture(scope="module")
def finished(service):
    """A job that has made two pictures and their grid."""
    job = service.submit(REQUEST, client="tests")
    return service.queue.monitor.wait(job.id, 60)


def test_a_job_can_be_looked_at(client, finished):
    view = client.get(f"/internal/jobs/{finished.id}").json()
    assert view["state"] == "done" and view["fraction"] == 1 and view["seconds"] > 0
    assert [picture["kind"] for picture in view["pictures"]] == ["image", "image", "grid"]
    assert [(picture["job"], picture["number"]) for picture in view["pictures"]] == [(finished.id, n) for n in range(3)]
    assert view["pictures"][1]["seed"] == 2 and view["pictures"][1]["infotext"].startswith("a castle\nSteps: 3")
    assert view["error"] is None


def test_pictures_are_served_as_they_lie_on_the_disk(client, finished):
    view = client.get(f"/internal/jobs/{finished.id}").json()
    answer = client.get("/" + view["pictures"][0]["url"])
    assert answer.headers["content-type"] == "image/png" and answer.headers["x-content-type-options"] == "nosniff"
    assert answer.content == finished.pictures[0].path.read_bytes()
    assert Image.open(io.BytesIO(answer.content)).info["parameters"] == finished.pictures[0].infotext


def test_the_zip_holds_all_pictures(client, finished):
    answer = client.get(f"/internal/jobs/{finished.id}/zip")
    assert "tiny-sd1" in answer.headers["content-disposition"]
    names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert names == [picture.path.name for picture in finished.pictures]


def test_save_copies_the_selected_picture_and_logs_it(client, finished, program):
    answer = client.post(f"/internal/jobs/{finished.id}/keep", json={"number": 1}).json()
    folder = program.flags.data_dir / "log" / "images"
    assert answer == {"saved": ["00000-2-a castle.png"]}
    assert (folder / answer["saved"][0]).read_bytes() == finished.pictures[1].path.read_bytes()
    row = (folder / "log.csv").read_text().splitlines()[1]
    assert row.startswith("a castle,2,64,64,Euler,7.0,3,00000-2-a castle.png")
    assert client.post(f"/internal/jobs/{finished.id}/keep", json={"number": 99}).json() == {"saved": []}


@pytest.mark.parametrize("path", [
    "/internal/jobs/nonsense", "/internal/jobs/..%2f..%2fetc", "/internal/jobs/x/pictures/0", "/internal/jobs/x/zip",
    "/internal/jobs/x/preview", "/internal/assets/..%2f..%2fpage.py", "/internal/assets/nothing.js"])
def test_what_is_not_there_is_a_404(client, path):
    assert client.get(path).status_code == 404


def test_numbers_out_of_range_are_a_404(client, finished):
    for number in (-1, 3, 10**9):
        assert client.get(f"/internal/jobs/{finished.id}/pictures/{number}").status_code == 404


def test_the_page_finds_the_newest_job_of_its_browser(client, finished):
    assert client.get("/internal/jobs", params={"client": "tests"}).json() == {"jobs": [finished.id]}
    assert client.get("/internal/jobs", params={"client": "somebody else"}).json() == {"jobs": []}


def test_the_page_finds_all_jobs_that_are_not_done(client, service):
    submitted = [service.submit(GenerationRequest(prompt="a hill", steps=40, width=64, height=64), client="busy").id
                 for _ in range(3)]
    found = client.get("/internal/jobs", params={"client": "busy"}).json()["jobs"]
    assert found == submitted[-len(found):] and len(found) >= 2
    for job in submitted:
        client.post(f"/internal/jobs/{job}/interrupt", json={})
        service.queue.monitor.wait(job, 30)


def test_progress_preview_and_interrupt(client, service):
    job = service.submit(GenerationRequest(prompt="a hill", steps=150, width=128, height=128), client="other")
    view = wait_for(lambda: client.get(f"/internal/jobs/{job.id}").json(), lambda view: view["preview"] > 0)
    assert view["state"] == "running" and view["stage"] == "sampling" and 0 < view["step"] <= view["steps"]
    preview = client.get(f"/internal/jobs/{job.id}/preview?v=1")
    assert preview.headers["content-type"] == "image/jpeg" and Image.open(io.BytesIO(preview.content)).size == (16, 16)
    assert client.post(f"/internal/jobs/{job.id}/finish", json={}).json() == {"finishing": False}
    done = service.queue.monitor.wait(job.id, 30)
    assert done.interrupted and done.finished_s - done.started_s < 60


def test_a_failed_job_can_be_tried_again(client, service, tiny_models, program):
    broken = program.flags.data_dir / "broken"
    program.settings.update({"outdir_samples": str(broken)})
    broken.write_text("a file where the folder should be")
    job = service.submit(REQUEST, client="unlucky")
    program.settings.update({"outdir_samples": ""})
    assert service.queue.monitor.wait(job.id, 60).error.message.startswith("00000-1.png could not be written")
    broken.unlink()
    assert client.post(f"/internal/jobs/{job.id}/retry", json={}).json() == {"job": job.id}
    assert len(service.queue.monitor.wait(job.id, 60).pictures) == 3
    assert client.post(f"/internal/jobs/{job.id}/retry", json={}).status_code == 422


def test_tokens_are_counted(client):
    assert client.post("/internal/tokens", json={"text": "a (red:1.2) cat", "steps": 20}).json() == {
        "count": 3, "limit": 75}
    assert client.post("/internal/tokens", json={"text": "cat " * 76}).json() == {"count": 76, "limit": 150}
    assert client.post("/internal/tokens", json={"text": "x" * 20_001}).status_code == 422


def test_assets_are_all_served(client):
    for path in ASSETS.iterdir():
        assert client.get(f"/internal/assets/{path.name}").content == path.read_bytes()


def wait_for(look, ready, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        seen = look()
        if ready(seen):
            return seen
        time.sleep(0.02)
    raise AssertionError(seen)
