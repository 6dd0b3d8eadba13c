"""``/jobs``: handing in, looking, following, stopping, fetching what was made."""

from __future__ import annotations

import mimetypes
from typing import Annotated, Any, Literal

from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Header, HTTPException, Query, Request
from starlette.responses import FileResponse, Response, StreamingResponse

from modules.api.bodies import describe_body, json_body
from modules.api.callers import Caller
from modules.api.failures import OwnError, SafeJSONResponse
from modules.api.native.job_events import HEADERS, MEDIA_TYPE, stream_events
from modules.api.native.job_models import KEY_CHARACTERS, JobAnswer, JobList, JobOrder, SteeringAnswer
from modules.api.native.webhooks import Webhooks
from modules.api.pictures.intake import encode
from modules.api.sdapi.option_rules import check_folders, without_restricted
from modules.api.services import ApiServices
from modules.foundation.errors import InvalidRequestError, NotFoundError
from modules.generation.request import GenerationRequest
from modules.jobs.job import Job
from modules.jobs.monitor import JobMonitor
from modules.jobs.view import JobView

MOST_JOBS = 500
_IMMUTABLE = {"Cache-Control": "private, max-age=31536000, immutable"}
_LATEST = {"Cache-Control": "no-store"}
_KNOWN_JOB: dict[int | str, dict[str, Any]] = {
    403: {"model": OwnError, "description": "The job belongs to another user."},
    404: {"model": OwnError, "description": "There is no such job (any more), or no such picture."},
}
_ORDER: dict[int | str, dict[str, Any]] = {
    200: {"model": JobAnswer, "description": "The job made under the same key before."},
    404: {"model": OwnError, "description": "Something the request names is not there."},
    422: {"model": OwnError, "description": "A value cannot be used: which one, and what is accepted."},
    429: {"model": OwnError, "description": "The queue is full; Retry-After says when to try again."},
    503: {"model": OwnError, "description": "The server is shutting down."},
}
_STREAM: dict[int | str, dict[str, Any]] = {
    **_KNOWN_JOB, 200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}, "example": (
        'id: 3\nevent: picture\ndata: {"event": 3, "number": 0, "url": "/jobs/x7Yc2nV0_kP4aQ1b/pictures/0"}\n\n')}},
        "description": "`state`, `picture` and `comment` with an id; `progress` without."}}
_FILE: dict[int | str, dict[str, Any]] = {
    **_KNOWN_JOB, 200: {"content": {"image/*": {"schema": {"type": "string", "format": "binary"}}},
                        "description": "The picture."}}


def build_job_routes(services: ApiServices) -> APIRouter:
    """Return the routes of our own API that are about jobs."""
    router = APIRouter(prefix="/jobs", tags=["Jobs"])
    _add_order(router, services)
    _add_looks(router, services)
    _add_files(router, services)
    _add_steering(router, services)
    return router


def _add_order(router: APIRouter, services: ApiServices) -> None:
    webhooks = Webhooks(services)

    @router.post("", status_code=201, response_model=JobAnswer, responses=_ORDER,
                 openapi_extra=describe_body(JobOrder))
    async def order(request: Request, wanted: Annotated[JobOrder, Depends(json_body(JobOrder))],
                    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=KEY_CHARACTERS)] = None,
                    ) -> Response:
        """Hand in a job. It is written down before the answer, and survives a restart of the server."""
        key = wanted.idempotency_key or idempotency_key
        caller = Caller.of(request)
        if wanted.webhook is not None:
            await run_sync(webhooks.check, wanted.webhook, limiter=services.lines.fetching)
        job, is_new = await run_sync(lambda: _submit(services, wanted, caller, key), limiter=services.lines.submitting)
        if wanted.webhook is not None and is_new:
            webhooks.watch(job.id, wanted.webhook)
        answer = JobAnswer.of(await run_sync(services.generation.queue.monitor.view, job.id))
        return SafeJSONResponse(answer.model_dump(), 201 if is_new else 200, {"Location": f"/jobs/{job.id}"})


def _submit(services: ApiServices, wanted: JobOrder, caller: Caller, key: str | None) -> tuple[Job, bool]:
    generation = services.generation
    earlier = generation.queue.monitor.find(caller.client, key) if key else None
    if earlier is not None:
        return earlier, False
    try:
        request = GenerationRequest.from_json(_allowed(wanted.request))
        check_folders(request.override_settings, generation.settings.current.flat(), generation.bench.data_folder)
        _check_pictures(request, services)
        return generation.submit(request, client=caller.client, idempotency_key=key), True
    except InvalidRequestError as error:
        raise InvalidRequestError(f"request.{error.field}", error.message, remedy=error.remedy) from error


def _check_pictures(request: GenerationRequest, services: ApiServices) -> None:
    """Say which picture is not there, before anything is planned. Raises: InvalidRequestError, NotFoundError."""
    named = {f"init_images.{number}": name for number, name in enumerate(request.init_images)}
    named |= {name: getattr(request, name) for name in ("mask", "latent_mask", "firstpass_image")}
    for field, name in named.items():
        if name is not None:
            services.pictures.path(name, field=field)


def _allowed(request: dict[str, Any]) -> dict[str, Any]:
    overrides = request.get("override_settings")
    return {**request, "override_settings": without_restricted(overrides)} if isinstance(overrides, dict) else request


def _add_looks(router: APIRouter, services: ApiServices) -> None:
    monitor = services.generation.queue.monitor

    @router.get("")
    def jobs(request: Request, limit: Annotated[int, Query(ge=1, le=MOST_JOBS)] = 50,
             scope: Literal["mine", "all"] = "mine") -> JobList:
        """The newest jobs; with `scope=all` also those of the page and of callers without a name."""
        caller = Caller.of(request)
        found = monitor.recent(caller.client if scope == "mine" else None, limit)
        return JobList(jobs=[JobAnswer.of(_view(job, monitor), with_request=False)
                             for job in found if caller.may_touch(job)])

    @router.get("/{job_id}", responses=_KNOWN_JOB)
    async def job(request: Request, job_id: str, pictures: Literal["links", "base64"] = "links") -> JobAnswer:
        """A job as it is now; with `pictures=base64` the finished pictures come along."""
        found, answer = await run_sync(_look, Caller.of(request), monitor, job_id)
        if pictures == "base64":
            return await run_sync(_with_files, answer, found, limiter=services.lines.reading)
        return answer

    @router.get("/{job_id}/events", response_class=StreamingResponse, responses=_STREAM)
    async def events(request: Request, job_id: str, after: Annotated[int, Query(ge=0, le=2**31)] = 0,
                     last_event_id: Annotated[str | None, Header()] = None) -> Response:
        """Follow a job: its history after event `after` (or the header Last-Event-ID), then whatever happens."""
        caller = Caller.of(request)
        await run_sync(lambda: caller.require(monitor.get(job_id)))
        seen = int(last_event_id) if last_event_id and last_event_id.isdecimal() and len(last_event_id) < 10 else after
        return StreamingResponse(stream_events(monitor, job_id, seen), media_type=MEDIA_TYPE, headers=HEADERS)


def _look(caller: Caller, monitor: JobMonitor, job_id: str) -> tuple[Job, JobAnswer]:
    """Return a job and what is told of it. Raises: NotFoundError, NotAllowedError."""
    return caller.require(monitor.get(job_id)), JobAnswer.of(monitor.view(job_id))


def _view(job: Job, monitor: JobMonitor) -> JobView:
    """Look at a job that was just read; a finished one needs no second look."""
    return JobView(job, job.state.value, fraction=1.0) if job.finished else monitor.view(job.id)


def _with_files(answer: JobAnswer, job: Job) -> JobAnswer:
    for shown, record in zip(answer.pictures, job.pictures):
        if record.path is not None and record.path.is_file():
            shown.base64 = encode(record.path.read_bytes())
    return answer


def _add_files(router: APIRouter, services: ApiServices) -> None:
    monitor = services.generation.queue.monitor

    @router.get("/{job_id}/pictures/{number}", response_class=FileResponse, responses=_FILE)
    def picture(request: Request, job_id: str, number: int) -> Response:
        """A finished picture, as it lies on the disk."""
        job = Caller.of(request).require(monitor.get(job_id))
        path = job.pictures[number].path if 0 <= number < len(job.pictures) else None
        if path is None or not path.is_file():
            raise NotFoundError("There is no such picture; its file may have been moved or deleted.")
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return FileResponse(path, media_type=kind, headers=_IMMUTABLE)

    @router.get("/{job_id}/preview", response_class=Response, responses=_FILE)
    def preview(request: Request, job_id: str) -> Response:
        """A rough picture of what is being made, while there is one."""
        Caller.of(request).require(monitor.get(job_id))
        encoded = services.generation.preview(job_id)
        if encoded is None:
            raise HTTPException(404, "There is no preview at the moment.")
        return Response(encoded.data, media_type=encoded.media_type, headers=_LATEST)


def _add_steering(router: APIRouter, services: ApiServices) -> None:
    queue = services.generation.queue
    monitor = queue.monitor

    @router.delete("/{job_id}", responses=_KNOWN_JOB)
    @router.post("/{job_id}/cancel", responses=_KNOWN_JOB)
    def cancel(request: Request, job_id: str) -> JobAnswer:
        """Take a job out of the queue, or end it after its current step; finished pictures are kept."""
        Caller.of(request).require(monitor.get(job_id))
        queue.cancel(job_id)
        return JobAnswer.of(monitor.view(job_id))

    @router.post("/{job_id}/skip", responses=_KNOWN_JOB)
    def skip(request: Request, job_id: str) -> SteeringAnswer:
        """End the batch being made and go on with the next."""
        Caller.of(request).require(monitor.get(job_id))
        return SteeringAnswer(running=queue.skip(job_id))

    @router.post("/{job_id}/finish", responses=_KNOWN_JOB)
    def finish(request: Request, job_id: str) -> SteeringAnswer:
        """Let the batch being made finish, and make no more."""
        Caller.of(request).require(monitor.get(job_id))
        return SteeringAnswer(running=queue.stop_after_batch(job_id))

    @router.post("/{job_id}/resume", responses={**_KNOWN_JOB, 422: {"model": OwnError}, 429: {"model": OwnError}})
    def resume(request: Request, job_id: str) -> JobAnswer:
        """Try a failed job again; the pictures it has are kept."""
        Caller.of(request).require(monitor.get(job_id))
        queue.resume(job_id)
        return JobAnswer.of(monitor.view(job_id))
