"""Merges as jobs: handed in, interrupted, failed, and what the page is told of them."""

from __future__ import annotations

import threading

import pytest
import torch
from safetensors.torch import load_file, save_file

from modules.catalog.catalog import Catalog, ModelFolders
from modules.foundation.errors import InvalidRequestError, NotFoundError
from modules.generation.events import Progress
from modules.jobs.executor import LocalExecutor
from modules.jobs.job import JobState
from modules.jobs.merge_runner import KIND, MergeRunner
from modules.jobs.merge_service import MergeService
from modules.jobs.runner_table import RunnerTable
from modules.jobs.store import JobStore
from modules.training.merging.request import MergeRequest
from modules.weights.hash_cache import HashCache

REQUEST = MergeRequest("a", "b", multiplier=0.5, custom_name="ab")


@pytest.fixture
def service(tmp_path):
    for name, value in (("a", 1.0), ("b", 3.0)):
        save_file({f"model.{index}": torch.full((2,), value) for index in range(6)},
                  tmp_path / f"{name}.safetensors", {"author": name, name: "x"})
    catalog = Catalog(ModelFolders((tmp_path,)), HashCache(tmp_path / "hashes.json"))
    catalog.refresh()
    store = JobStore(tmp_path / "jobs.sqlite3")
    queue = LocalExecutor(store, RunnerTable({KIND: MergeRunner(catalog, tmp_path)}))
    queue.start()
    yield MergeService(catalog, queue)
    queue.close()
    store.close()


def test_a_merge_is_made_found_and_said(service, tmp_path):
    job = service.submit(REQUEST, client="me")
    job = service.queue.monitor.wait(job.id, 20)
    path = tmp_path / "ab.safetensors"
    assert (job.state, job.title, job.error) == (JobState.DONE, "Merge: ab", None)
    assert job.comments == (f"Checkpoint saved to {path}",)
    assert torch.equal(load_file(path)["model.3"], torch.full((2,), 2.0))
    assert service.catalog.require("ab").path == path


def test_an_interrupted_merge_is_cancelled_and_leaves_nothing(service, tmp_path):
    seen: list[Progress] = []
    reached, gate = threading.Event(), threading.Event()

    def listen(event):
        seen.append(event)
        if event.stage == "merging" and event.step == 2:
            reached.set()
            gate.wait(20)

    job = service.queue.submit(KIND, REQUEST.to_json(), client="me", listener=listen)
    assert reached.wait(20)
    service.queue.cancel(job.id)
    gate.set()
    job = service.queue.monitor.wait(job.id, 20)
    assert (job.state, job.error, job.comments) == (JobState.CANCELLED, None, ())
    assert sorted(path.name for path in tmp_path.glob("*.safetensors")) == ["a.safetensors", "b.safetensors"]
    assert not list(tmp_path.glob(".*.tmp")) and seen[-1].steps == 6


def test_what_goes_wrong_is_said(service, tmp_path):
    save_file({"model.0": torch.ones(3, 3)}, tmp_path / "c.safetensors")
    service.catalog.refresh()
    job = service.submit(MergeRequest("a", "c"), client="me")
    job = service.queue.monitor.wait(job.id, 20)
    assert job.state is JobState.FAILED
    assert job.error.message.startswith("Error merging checkpoints: Bad dimensions for merged layer model.0")


def test_what_cannot_be_done_is_not_queued(service):
    with pytest.raises(InvalidRequestError, match=r"Failed: Merging requires a primary model\."):
        service.submit(MergeRequest(), client="me")
    assert service.queue.monitor.recent("me") == []


def test_metadata_is_read_from_several(service):
    assert service.metadata(["a", "", "b"]) == {"author": "b", "a": "x", "b": "x"}
    with pytest.raises(NotFoundError):
        service.metadata(["nothing"])
