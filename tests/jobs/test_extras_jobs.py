"""Extras as jobs: handed in, killed, resumed, compared with their originals."""

from __future__ import annotations

import io
import threading

import pytest
from PIL import Image

from modules.foundation.errors import InvalidRequestError, NotFoundError
from modules.generation.events import ImageFinished, Progress
from modules.jobs.executor import LocalExecutor
from modules.jobs.job import JobState
from modules.jobs.runner_table import RunnerTable
from modules.jobs.store import JobStore


class FakeUpscalers:
    """Enlarges without a network, in four tiles; may wait in the middle of a picture."""

    names = ("None", "Lanczos")

    def __init__(self) -> None:
        self.enlarged = 0
        self.wait_at = 0
        self.waiting, self.gate = threading.Event(), threading.Event()

    def find(self, name):
        if name not in self.names:
            raise NotFoundError(f"There is no upscaler named {name}.", remedy=f"There are: {', '.join(self.names)}.")

    def upscale(self, image, name, scale, tiling, *, on_tile=None, cancellation=None):
        self.enlarged += 1
        for tile in range(4):
            if self.enlarged == self.wait_at and tile == 2:
                self.waiting.set()
                self.gate.wait(20)
            if cancellation.stop_now:
                return image
            on_tile(tile + 1, 4)
        return image.resize((int(image.width * scale), int(image.height * scale)))


@pytest.fixture
def bench(tmp_path):
    import torch

    from modules.artefacts.picture_store import PictureStore
    from modules.extras.bench import ExtrasBench
    from modules.extras.sources import FolderRules
    from modules.imaging.faces.restorers import FaceRestorers, face_folders

    return ExtrasBench(FakeUpscalers(), FaceRestorers(face_folders(tmp_path), torch.device("cpu")),
                       PictureStore(tmp_path / "pictures"), FolderRules(tmp_path, anywhere=True), tmp_path)


@pytest.fixture
def open_service(bench, tmp_path):
    """Open the queue of one data folder, as often as the program starts."""
    from modules.jobs.extras_runner import KIND, ExtrasRunner
    from modules.jobs.extras_service import ExtrasService
    from modules.settings.store import SettingsStore

    opened = []

    def open_service() -> ExtrasService:
        store = JobStore(tmp_path / "jobs.sqlite3")
        queue = LocalExecutor(store, RunnerTable({KIND: ExtrasRunner(bench)}))
        opened.append((queue, store))
        queue.start()
        return ExtrasService(SettingsStore(tmp_path / "config.json"), bench, queue)

    def close_all() -> None:
        while opened:
            queue, store = opened.pop()
            queue.close()
            store.close()

    open_service.close = close_all
    yield open_service
    close_all()


def request(bench, count=1, **values):
    from modules.extras.request import ExtrasRequest

    images = [bench.pictures.keep(png((40 + 8 * number, 40))) for number in range(count)]
    return ExtrasRequest.from_json({"images": images, "upscaler_1": "Lanczos", **values})


def png(size) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, "red").save(buffer, "PNG")
    return buffer.getvalue()


def test_a_job_makes_its_pictures(bench, open_service):
    service = open_service()
    heard = []
    job = service.submit(request(bench, 2), client="me", listener=heard.append)
    done = service.queue.monitor.wait(job.id, 20)
    assert (done.state, done.kind, done.title) == (JobState.DONE, "extras", "Extras: 2 pictures")
    assert [Image.open(picture.path).size for picture in done.pictures] == [(80, 80), (96, 80)]
    assert [event.image.size for event in heard if isinstance(event, ImageFinished)] == [(80, 80), (96, 80)]


def test_a_refused_request_is_no_job(bench, open_service):
    service = open_service()
    with pytest.raises(NotFoundError, match="There are: None, Lanczos"):
        service.submit(request(bench, upscaler_1="Magic"), client="me")
    with pytest.raises(InvalidRequestError):
        service.submit(request(bench, upscaling_resize=1000), client="me")
    assert not service.queue.monitor.recent()


def test_after_a_restart_only_missing_pictures_are_made(bench, open_service):
    service = open_service()
    bench.upscalers.wait_at = 2
    job = service.submit(request(bench, 3), client="me")
    assert bench.upscalers.waiting.wait(20)
    closing = threading.Thread(target=open_service.close)
    closing.start()
    bench.upscalers.gate.set()
    closing.join()
    again = open_service()
    done = again.queue.monitor.wait(job.id, 20)
    assert done.state is JobState.DONE and [picture.index for picture in done.pictures] == [0, 1000, 2000]
    assert bench.upscalers.enlarged == 4  # the second picture once more, and the third


def test_interrupt_ends_between_tiles_and_keeps_what_is_finished(bench, open_service):
    service = open_service()

    def stop(event):
        if isinstance(event, Progress) and event.batch == 1 and event.step == 2:
            service.queue.interrupt()

    job = service.submit(request(bench, 3), client="me", listener=stop)
    done = service.queue.monitor.wait(job.id, 20)
    assert done.interrupted and [picture.index for picture in done.pictures] == [0]


def test_the_original_of_a_result(bench, open_service):
    service = open_service()
    asked = request(bench, 2, flipped_copies={})
    done = service.queue.monitor.wait(service.submit(asked, client="me").id, 20)
    assert [picture.index for picture in done.pictures] == [0, 1, 1000, 1001]
    assert service.original(done.id, 0) == bench.pictures.path(asked.images[0])
    assert service.original(done.id, 2) == bench.pictures.path(asked.images[1])
    for number in (1, 3, 4, -1):
        with pytest.raises(NotFoundError):
            service.original(done.id, number)


def test_the_original_in_a_folder(bench, open_service, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").write_bytes(png((16, 16)))
    service = open_service()
    asked = request(bench, 0, input_dir="in", show_extras_results=False)
    done = service.queue.monitor.wait(service.submit(asked, client="me").id, 20)
    assert [picture.kind for picture in done.pictures] == ["unlisted"]
    assert service.original(done.id, 0) == tmp_path / "in" / "a.png"


def test_jobs_of_unknown_kinds_fail_alone(bench, open_service):
    service = open_service()
    job = service.queue.submit("from the future", {}, client="me")
    failed = service.queue.monitor.wait(job.id, 20)
    assert failed.state is JobState.FAILED and "does not know jobs of the kind" in failed.error.message
