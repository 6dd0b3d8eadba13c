"""Routes under ``/internal`` that programs written for A1111 ask besides its API."""

from __future__ import annotations

import json
import platform
import sys
from datetime import datetime
from importlib import metadata
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from modules.api.bodies import describe_body, json_body
from modules.api.callers import Caller
from modules.api.failures import OwnError
from modules.api.pictures.intake import encode
from modules.api.sdapi.control_routes import fraction, seconds_left
from modules.api.sdapi.generation_models import LenientModel
from modules.api.sdapi.launch_flags import describe_flags
from modules.api.sdapi.memory import measure_memory
from modules.api.sdapi.option_routes import read_options
from modules.api.services import ApiServices
from modules.foundation.errors import NotFoundError
from modules.jobs.job import JobState
from modules.jobs.view import JobView
from modules.settings.values import OPTIONS

_PACKAGES = ("torch", "diffusers", "transformers", "safetensors", "gradio", "fastapi", "pillow", "numpy")


class TaskQuestion(LenientModel):
    """Which task somebody watches, and which preview they have already."""

    id_task: Annotated[str, Field(max_length=500)] = ""
    id_live_preview: int = -1
    live_preview: bool = True


class TaskAnswer(BaseModel):
    """How far the task is."""

    active: bool = False
    queued: bool = False
    completed: bool = False
    progress: float | None = None
    eta: float | None = None
    live_preview: str | None = Field(default=None, description="a data address")
    id_live_preview: int | None = None
    textinfo: str | None = None


class PendingTasks(BaseModel):
    """Tasks that wait."""

    size: int
    tasks: list[str]


TaskBody = Annotated[TaskQuestion, Depends(json_body(TaskQuestion))]


def build_internal_routes(services: ApiServices) -> APIRouter:
    """Return A1111's internal routes."""
    router = APIRouter(prefix="/internal", tags=["Internal"])
    _add_tasks(router, services)
    _add_reports(router, services)

    @router.get("/ping")
    def ping() -> dict[str, Any]:
        return {}

    @router.get("/quicksettings-hint")
    def quicksettings_hint() -> list[dict[str, str]]:
        """Keys and labels of all settings."""
        return [{"name": key, "label": facts.label} for key, (_, facts) in OPTIONS.items()]

    return router


def _add_tasks(router: APIRouter, services: ApiServices) -> None:
    monitor = services.generation.queue.monitor

    @router.post("/progress", openapi_extra=describe_body(TaskQuestion), responses={422: {"model": OwnError}})
    async def progress(request: Request, question: TaskBody) -> TaskAnswer:
        """How far a task is, by the id that its request was sent with (or by its job's)."""
        try:
            view = monitor.view(services.tasks.job(question.id_task))
        except NotFoundError:
            return TaskAnswer(id_live_preview=-1, textinfo="Waiting...")
        if not Caller.of(request).may_touch(view.job):
            return TaskAnswer(id_live_preview=-1, textinfo="Waiting...")
        answer = _describe(view)
        if answer.active and question.live_preview and view.preview_version not in (0, question.id_live_preview):
            preview = await run_sync(services.generation.preview, view.job.id)
            if preview is not None:
                answer.live_preview = f"data:{preview.media_type};base64,{encode(preview.data)}"
                answer.id_live_preview = preview.version
        return answer

    @router.get("/pending-tasks")
    def pending_tasks(request: Request) -> PendingTasks:
        names = services.tasks.names()
        caller = Caller.of(request)
        waiting = [job for job in monitor.unfinished() if job.state is JobState.QUEUED and caller.may_touch(job)]
        return PendingTasks(size=len(waiting), tasks=[names.get(job.id, job.id) for job in waiting])


def _describe(view: JobView) -> TaskAnswer:
    if view.job.finished:
        return TaskAnswer(completed=True, id_live_preview=-1, textinfo="Waiting...")
    if view.job.state is JobState.QUEUED:
        place = f"In queue: {view.queue_position or '?'}/{view.queue_length}"
        return TaskAnswer(queued=True, id_live_preview=-1, textinfo=place)
    return TaskAnswer(active=True, progress=fraction(view), eta=seconds_left(view), textinfo=view.stage)


def _add_reports(router: APIRouter, services: ApiServices) -> None:
    @router.get("/profile-startup")
    def profile_startup() -> dict[str, Any]:
        """Nothing: a start is not measured."""
        return {"total": 0, "records": {}}

    @router.get("/sysinfo")
    @router.get("/sysinfo-download")
    def sysinfo(request: Request) -> Response:
        """What somebody who helps needs to know. Passwords are not in it."""
        text = json.dumps(_system(services), indent=4)
        attached = request.url.path.endswith("download")
        name = datetime.now().strftime("sysinfo-%Y-%m-%d-%H-%M.json")
        disposition = f'{"attachment" if attached else "inline"}; filename="{name}"'
        return Response(text, media_type="application/json", headers={"Content-Disposition": disposition})


def _system(services: ApiServices) -> dict[str, Any]:
    memory = measure_memory()
    installed = {item.metadata["Name"].lower(): item.version for item in metadata.distributions()}
    return {
        "Platform": platform.platform(),
        "Python": sys.version,
        "Version": services.generation.bench.version,
        "Packages": {name: installed.get(name) for name in _PACKAGES},
        "RAM": memory.ram,
        "CUDA": memory.cuda,
        "Commandline": describe_flags(services.flags),
        "Config": read_options(services),
    }
