"""The API over tiny checkpoints: with a runner that draws nothing, for everything but the pictures themselves."""

from __future__ import annotations

import contextlib
import io
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PIL import Image


def png(width: int = 8, height: int = 8, color: str = "red", mode: str = "RGB") -> bytes:
    """A picture as the bytes of a file."""
    buffer = io.BytesIO()
    Image.new(mode, (width, height), color).save(buffer, "PNG")
    return buffer.getvalue()


@dataclass
class SwiftRunner:
    """Finishes every job at once, with one-coloured pictures; ``gate`` makes it wait."""

    folder: Path
    gate: threading.Event = field(default_factory=threading.Event)
    order: list[str] = field(default_factory=list)
    started: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    def __call__(self, job, cancellation, emit) -> None:
        from modules.foundation.files import atomic_write
        from modules.generation.events import ImageFinished, Progress

        self.order.append(job.id)
        request = job.request["request"]
        count = request.get("batch_size", 1) * request.get("batch_count", 1) if job.kind != "extras" else len(
            request["images"])
        emit(Progress("sampling", step=3, steps=10, batches=count, done_steps=3, total_steps=10))
        self.started.set()
        self.gate.wait(30)
        for index in range(count):
            if cancellation.no_more_batches:
                return
            path = self.folder / job.id / f"{index}.png"
            atomic_write(path, png())
            seed = request.get("seed", 0) + index
            text = f"{request.get('prompt', '')}\nSteps: {request.get('steps')}, Seed: {seed}, Model: tiny"
            emit(ImageFinished(index, text, seed, path))


@dataclass
class Desk:
    """Everything behind the routes, and the application in front."""

    services: object
    app: object
    guarded: object
    runner: SwiftRunner | None

    @property
    def queue(self):
        return self.services.generation.queue


@contextlib.contextmanager
def open_desk(folder: Path, models: Path, *flags: str, real: bool = False, limits=None) -> Iterator[Desk]:
    """Build the objects the way the program does, with the runner that is wanted."""
    from fastapi import FastAPI

    from modules.api.assembly import mount_api
    from modules.api.envelope import ApiEnvelope
    from modules.api.guard import Guard, policy_for
    from modules.api.services import ApiServices
    from modules.extras.bench import ExtrasBench
    from modules.extras.sources import FolderRules
    from modules.generation.bench_builder import ModelPlaces, build_bench
    from modules.hardware.placement import CPU_PLACEMENT
    from modules.jobs.executor import LocalExecutor
    from modules.jobs.extras_runner import KIND as EXTRAS
    from modules.jobs.extras_runner import ExtrasRunner
    from modules.jobs.extras_service import ExtrasService
    from modules.jobs.generation_runner import KIND, GenerationRunner
    from modules.jobs.generation_service import GenerationService
    from modules.jobs.runner_table import RunnerTable
    from modules.jobs.store import JobStore
    from modules.prompting.style_files import StyleBook
    from modules.settings.flags import parse_launch_flags
    from modules.settings.store import SettingsStore

    bench = build_bench(ModelPlaces.under(models), folder, CPU_PLACEMENT, "v1.10.1")
    settings = SettingsStore(folder / "config.json")
    settings.update({"sd_model_checkpoint": "tiny-sd1.safetensors", "randn_source": "CPU"})
    (folder / "styles.csv").write_text("name,prompt,negative_prompt\nsoft,\"watercolor of {prompt}\",harsh\n")
    styles = StyleBook([folder / "styles.csv"])
    styles.reload()
    extras = ExtrasBench(bench.upscalers, bench.faces, bench.pictures, FolderRules(folder, anywhere=False), folder)
    swift = None if real else SwiftRunner(folder / "cache" / "unsaved")
    runner = swift or RunnerTable({KIND: GenerationRunner(bench, styles), EXTRAS: ExtrasRunner(extras)})
    store = JobStore(folder / "jobs.sqlite3")
    queue = LocalExecutor(store, runner, limits=limits)
    queue.start()
    launch = parse_launch_flags(["--data-dir", str(folder), "--models-dir", str(models), *flags])
    services = ApiServices(GenerationService(settings, bench, styles, queue), launch,
                           ExtrasService(settings, extras, queue))
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    mount_api(app, services)
    try:
        yield Desk(services, app, Guard(ApiEnvelope(app), policy_for(launch)), swift)
    finally:
        if swift:
            swift.gate.set()
        queue.close()
        store.close()


@pytest.fixture(scope="module")
def desk(tiny_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """An API whose jobs are finished at once."""
    with open_desk(tmp_path_factory.mktemp("api"), tiny_models, "--api-server-stop") as desk:
        yield desk


@pytest.fixture(scope="module")
def client(desk: Desk):
    """A program on this computer."""
    from starlette.testclient import TestClient

    with TestClient(desk.guarded, base_url="http://127.0.0.1:7860", client=("127.0.0.1", 50000)) as client:
        yield client


@contextlib.contextmanager
def serve(application) -> Iterator[int]:
    """A live server on a port of its own, in a thread."""
    import uvicorn

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(application, log_level="warning", backlog=2048))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + 20
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.01)
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(10)
