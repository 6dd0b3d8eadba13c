"""Progress, interrupting, the model in memory, and stopping the server."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel, Field
from starlette.background import BackgroundTask
from starlette.responses import PlainTextResponse, Response

from modules.api.callers import Caller
from modules.api.pictures.intake import encode
from modules.api.sdapi.generation_routes import PREFIX
from modules.api.sdapi.processed import TIMESTAMP
from modules.api.services import ApiServices
from modules.jobs.view import JobView

FIRST_FRACTION = 0.01
"""What A1111 reports as soon as a job runs."""


class ProgressState(BaseModel):
    """What runs now, in A1111's words."""

    skipped: bool = False
    interrupted: bool = False
    stopping_generation: bool = False
    job: str = ""
    job_count: int = Field(default=0, description="batches; 0 while nothing runs")
    job_timestamp: str = "0"
    job_no: int = 0
    sampling_step: int = 0
    sampling_steps: int = 0


class ProgressAnswer(BaseModel):
    """How far the running job is."""

    progress: float = Field(default=0.0, ge=0, le=1)
    eta_relative: float = Field(default=0.0, description="seconds that it will still take")
    state: ProgressState = ProgressState()
    current_image: str | None = Field(default=None, description="a rough picture, base64")
    textinfo: str | None = None


def build_control_routes(services: ApiServices) -> APIRouter:
    """Return the routes that look at the running job and steer it."""
    router = APIRouter(prefix=PREFIX, tags=["Control"])
    _add_progress(router, services)
    _add_steering(router, services)
    _add_memory(router, services)
    if services.flags.api_server_stop:
        _add_server(router, services)
    return router


def _add_progress(router: APIRouter, services: ApiServices) -> None:
    @router.get("/progress")
    async def progress(request: Request, skip_current_image: bool = False) -> ProgressAnswer:
        """How far the running job is; all zero while nothing runs."""
        view = services.generation.queue.monitor.current()
        if view is None or not Caller.of(request).may_touch(view.job):
            return ProgressAnswer()
        image = None
        if not skip_current_image and view.preview_version:
            preview = await run_sync(services.generation.preview, view.job.id)
            image = encode(preview.data) if preview else None
        return ProgressAnswer(progress=fraction(view), eta_relative=seconds_left(view), state=_state(view),
                              current_image=image, textinfo=view.stage)


def _add_steering(router: APIRouter, services: ApiServices) -> None:
    queue = services.generation.queue

    @router.post("/interrupt")
    def interrupt(request: Request) -> dict[str, Any]:
        """End the running job after its current step; what is finished is kept."""
        running = queue.monitor.current()
        _require_own(request, running)
        if running is not None:
            queue.interrupt(running.job.id)
        return {}

    @router.post("/skip")
    def skip(request: Request) -> None:
        """End the batch being made and go on with the next."""
        running = queue.monitor.current()
        _require_own(request, running)
        if running is not None:
            queue.skip(running.job.id)


def _add_memory(router: APIRouter, services: ApiServices) -> None:
    bench, settings = services.generation.bench, services.generation.settings

    @router.post("/unload-checkpoint")
    def unload_checkpoint() -> dict[str, Any]:
        """Give the memory of models back, upscalers' too; a running job keeps what it needs until its end."""
        bench.models.unload()
        bench.upscalers.release()
        bench.faces.release()
        return {}

    @router.post("/reload-checkpoint")
    def reload_checkpoint() -> dict[str, Any]:
        """Bring the chosen checkpoint into memory; while a job runs, that is left to the next job."""
        if services.generation.queue.monitor.current() is None:
            current = settings.current
            checkpoint = bench.choose(current.model.sd_model_checkpoint)
            bench.load(checkpoint, bench.choose_vae(checkpoint, current.vae).path)
        return {}


def _add_server(router: APIRouter, services: ApiServices) -> None:
    @router.post("/server-kill")
    @router.post("/server-stop")
    def stop() -> Response:
        """Stop the server; the running job goes on after the next start."""
        if services.stop is None:
            raise HTTPException(501, "This server can only be stopped where it was started.")
        return PlainTextResponse("Stopping.", background=BackgroundTask(services.stop))

    @router.post("/server-restart")
    def restart() -> Response:
        """Not possible: whatever started the server has to start it again."""
        raise HTTPException(501, "This server cannot start itself again; stop it and start it anew.")


def fraction(view: JobView) -> float:
    return min(FIRST_FRACTION + view.fraction, 1.0)


def seconds_left(view: JobView) -> float:
    """Estimate as A1111 does where the pace is not known yet."""
    if view.eta_s is not None:
        return view.eta_s
    elapsed = time.time() - (view.job.started_s or time.time())
    return max(elapsed / fraction(view) - elapsed, 0.0)


def _state(view: JobView) -> ProgressState:
    started = datetime.fromtimestamp(view.job.started_s or view.job.created_s)
    return ProgressState(
        skipped=view.skipping, interrupted=view.interrupting, stopping_generation=view.stopping_after_batch,
        job=f"Batch {view.batch + 1} out of {view.batches}" if view.batches > 1 else view.job.kind,
        job_count=view.batches, job_timestamp=started.strftime(TIMESTAMP), job_no=view.batch,
        sampling_step=view.step, sampling_steps=view.steps)


def _require_own(request: Request, view: JobView | None) -> None:
    if view is not None:
        Caller.of(request).require(view.job)
