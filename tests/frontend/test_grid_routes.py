"""The page of a grid: what it is told, the pictures of its cells, and the grid as one file."""

from __future__ import annotations

import io
import json
import re
import types

import pytest
from fastapi import FastAPI
from PIL import Image
from starlette.testclient import TestClient

from modules.foundation.errors import NotFoundError
from modules.frontend.grid_routes import build_grid_routes
from modules.jobs.job import Job, JobState
from modules.plugins.grids.cells import CELLS_FOLDER, CellFacts, CellStore
from modules.plugins.grids.record import GRIDS_FOLDER, GridAxis, GridBook, GridCell, GridSheet

KEYS = ["0" * 64, "1" * 64]
SHEET = GridSheet("a </script> castle", (GridAxis("Seed", ("Seed: 1", "Seed: 2")), GridAxis("Steps", ("Steps: 3",)),
                                         GridAxis("Nothing", ("",))), (64, 64), seed=77)


class Queue:
    """A queue that knows one job and takes others."""

    def __init__(self) -> None:
        self.job = Job("job", "generation", {"request": {"seed": -1}}, "me", "a castle", JobState.DONE, 0.0)
        self.submitted = None
        self.monitor = self

    def get(self, job_id):
        if job_id != self.job.id:
            raise NotFoundError("This job is not known.")
        return self.job

    def submit(self, kind, request, **about):
        self.submitted = (kind, request, about)
        return types.SimpleNamespace(id="another")


@pytest.fixture
def queue():
    return Queue()


@pytest.fixture
def page(tmp_path, queue):
    store, book = CellStore(tmp_path / CELLS_FOLDER), GridBook(tmp_path / GRIDS_FOLDER)
    writer = book.begin("job", SHEET)
    facts = CellFacts("a </script>\nSteps: 3", "", "", 1, 2)
    store.keep(KEYS[0], Image.effect_noise((64, 64), 50).convert("RGB"), facts)
    writer.note(GridCell((0, 0, 0), "made", KEYS[0], seconds=2))
    writer.note(GridCell((1, 0, 0), "failed", error="no memory"))
    app = FastAPI()
    app.include_router(build_grid_routes(types.SimpleNamespace(queue=queue), tmp_path))
    return TestClient(app)


def test_the_page_tells_only_what_is_new(page):
    assert "grid.js" in page.get("/internal/grids/job").text
    whole = page.get("/internal/grids/job/state").json()
    assert (whole["state"], whole["sheet"]["title"], len(whole["cells"])) == ("done", SHEET.title, 2)
    stamp = whole["sheet"]["stamp"]
    later = page.get(f"/internal/grids/job/state?stamp={stamp}&after=1").json()
    assert later["sheet"] is None and [cell["error"] for cell in later["cells"]] == ["no memory"]
    assert len(page.get("/internal/grids/job/state?stamp=old&after=1").json()["cells"]) == 2


def test_cells_come_whole_and_small(page):
    whole = page.get(f"/internal/grids/job/cells/{KEYS[0]}")
    assert Image.open(io.BytesIO(whole.content)).size == (64, 64)
    small = page.get(f"/internal/grids/job/cells/{KEYS[0]}?side=16")
    assert Image.open(io.BytesIO(small.content)).size == (16, 16)
    assert page.get(f"/internal/grids/job/cells/{KEYS[0]}/text").json() == {"infotext": "a </script>\nSteps: 3"}


@pytest.mark.parametrize("path", ["nonsense", "nonsense/state", "nonsense/file", f"job/cells/{KEYS[1]}", "job/cells/x",
                                  "..%2f..%2fetc/state", "job/cells/..%2f..%2fx"])
def test_what_is_not_there_is_said(page, path):
    assert page.get(f"/internal/grids/{path}").status_code == 404


@pytest.mark.parametrize("side", [0, 16])
def test_one_file_holds_everything(page, side):
    answer = page.get(f"/internal/grids/job/file?side={side}")
    assert "attachment" in answer.headers["content-disposition"]
    assert "internal/" not in answer.text.split("<script")[0] and "src=" not in answer.text.split("<body>")[0]
    data = json.loads(re.search(r'id="grid-data">(.*?)</script>', answer.text, re.DOTALL)[1])
    assert data["sheet"]["title"] == SHEET.title
    assert [cell["infotext"] for cell in data["cells"]] == ["a </script>\nSteps: 3", ""]
    assert data["pictures"][KEYS[0]].startswith("data:image/" + ("webp" if side else "png"))


def test_asking_again_keeps_the_seed_that_was_drawn(page, queue):
    assert page.post("/internal/grids/job/retry").json() == {"job": "another"}
    assert queue.submitted == ("generation", {"request": {"seed": 77}}, {"client": "me", "title": "a castle"})
    assert page.post("/internal/grids/other/retry").status_code == 404


def test_a_running_job_is_not_asked_for_twice(page, queue):
    queue.job = Job("job", "generation", {}, "me", "", JobState.RUNNING, 0.0)
    assert page.post("/internal/grids/job/retry").json() == {"job": "job"}
    assert queue.submitted is None
