"""``txt2img`` and ``img2img``: a request waits for its job without holding a thread."""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, HTTPException, Request
from starlette.responses import Response

from modules.api.bodies import describe_body, json_body
from modules.api.callers import Caller
from modules.api.failures import A1111Error, JobFailedError, RefusedAnswer, SafeJSONResponse
from modules.api.pictures.finished import job_settings, read_picture
from modules.api.pictures.intake import WEB, encode
from modules.api.sdapi.generation_models import GenerationAnswer, GenerationFields, Img2ImgRequest, Txt2ImgRequest
from modules.api.sdapi.option_rules import check_folders
from modules.api.sdapi.pasted_fields import fill_from_infotext
from modules.api.sdapi.processed import describe_result, ordered_pictures
from modules.api.sdapi.scripts import ScriptUse, Tab, choose_scripts, select_script
from modules.api.sdapi.translation import from_img2img, from_txt2img
from modules.api.services import ApiServices
from modules.generation.request import GenerationRequest
from modules.jobs.errors import ClosingError
from modules.jobs.generation_runner import StoredGeneration
from modules.jobs.job import Job, JobState

PREFIX = "/sdapi/v1"
Responses = dict[int | str, dict[str, Any]]
FAILURES: Responses = {
    404: {"model": A1111Error, "description": "Something that was named is not there."},
    422: {"model": RefusedAnswer | A1111Error, "description": "A value cannot be used: which, and what is accepted."},
    429: {"model": A1111Error, "description": "The queue is full; Retry-After says when to try again."},
    503: {"model": A1111Error, "description": "The server is shutting down; the job goes on afterwards."},
}
Txt2ImgBody = Annotated[Txt2ImgRequest, Depends(json_body(Txt2ImgRequest))]
Img2ImgBody = Annotated[Img2ImgRequest, Depends(json_body(Img2ImgRequest))]
_TASK_LETTERS = string.ascii_uppercase + string.digits


def build_generation_routes(services: ApiServices) -> APIRouter:
    """Return the two routes that make pictures."""
    router = APIRouter(prefix=PREFIX, tags=["Generation"])
    desk = GenerationDesk(services)

    @router.post("/txt2img", response_model=GenerationAnswer, responses=FAILURES,
                 openapi_extra=describe_body(Txt2ImgRequest))
    async def txt2img(request: Request, fields: Txt2ImgBody) -> Response:
        """Make pictures from a text; the answer comes when they are finished."""
        order = Order(fields, "txt2img", Caller.of(request), fields.model_dump())
        return await desk.serve(order, lambda: desk.read_txt2img(fields))

    @router.post("/img2img", response_model=GenerationAnswer, responses=FAILURES,
                 openapi_extra=describe_body(Img2ImgRequest))
    async def img2img(request: Request, fields: Img2ImgBody) -> Response:
        """Make pictures from pictures; the answer comes when they are finished."""
        if not fields.init_images:
            raise HTTPException(404, "Init image not found")
        hidden = {} if fields.include_init_images else {"init_images": None, "mask": None}
        parameters = {**fields.model_dump(exclude=set(hidden)), **hidden}
        order = Order(fields, "img2img", Caller.of(request), parameters)
        slow = services.lines.fetching if _names_addresses(fields) else services.lines.reading
        wanted = await run_sync(lambda: desk.read_img2img(fields), limiter=slow)
        return await desk.serve(order, lambda: wanted)

    return router


@dataclass(frozen=True)
class Order:
    """A request on its way through the desk. ``parameters`` go back with the answer."""

    fields: GenerationFields
    tab: Tab
    caller: Caller
    parameters: Mapping[str, Any]


class GenerationDesk:
    """Takes requests in, hands them to the queue, and packs what comes out."""

    def __init__(self, services: ApiServices) -> None:
        self._services = services
        self._generation = services.generation

    async def serve(self, order: Order, read: Callable[[], GenerationRequest]) -> Response:
        """Queue what ``read`` gives, wait and answer. Raises: WebUIError, HTTPException."""
        lines = self._services.lines
        job = await run_sync(lambda: self._submit(read(), order), limiter=lines.submitting)
        job = require_finished(await self._generation.queue.monitor.wait_async(job.id))
        content = await run_sync(lambda: self._pack(job, order), limiter=lines.reading)
        return SafeJSONResponse(content, headers={"X-Job-Id": job.id})

    def read_txt2img(self, fields: Txt2ImgRequest) -> GenerationRequest:
        """Raises: WebUIError, HTTPException."""
        fields = fill_from_infotext(fields, "txt2img", self._generation)
        self._check(fields)
        return from_txt2img(fields, self._scripts(fields, "txt2img"))

    def read_img2img(self, fields: Img2ImgRequest) -> GenerationRequest:
        """Read the pictures and let go of their text. Raises: WebUIError, HTTPException."""
        filled = fill_from_infotext(fields, "img2img", self._generation)
        self._check(filled)
        request = from_img2img(filled, self._scripts(filled, "img2img"), self._services.intake.keep)
        fields.init_images = fields.mask = fields.latent_mask = None
        return request

    def _scripts(self, fields: GenerationFields, tab: Tab) -> list[ScriptUse]:
        catalog = self._services.scripts
        uses = choose_scripts(catalog, tab, fields.alwayson_scripts)
        if fields.script_name:
            uses.append(select_script(catalog, tab, fields.script_name, fields.script_args))
        return uses

    def _check(self, fields: GenerationFields) -> None:
        settings = self._generation.settings.current.flat()
        check_folders(fields.override_settings, settings, self._generation.bench.data_folder)

    def _submit(self, wanted: GenerationRequest, order: Order) -> Job:
        job = self._generation.submit(wanted, client=order.caller.client)
        self._services.tasks.note(order.fields.force_task_id or new_task_id(order.tab), job.id)
        return job

    def _pack(self, job: Job, order: Order) -> dict[str, Any]:
        stored = StoredGeneration.from_json(job.request)
        scripted = stored.request.script_name is not None  # what a script returns is the result, grids too
        pictures = ordered_pictures(job, with_grid=scripted or order.fields.save_images)
        settings = job_settings(stored.settings, stored.request.override_settings)
        images = [encode(read_picture(picture, settings)) for picture in pictures] if order.fields.send_images else []
        return {"images": images, "parameters": order.parameters,
                "info": describe_result(job, pictures, self._generation)}


def require_finished(job: Job) -> Job:
    if not job.finished:
        raise ClosingError
    if job.state is JobState.FAILED and job.error is not None:
        raise JobFailedError(job, job.error)
    return job


def new_task_id(tab: str) -> str:
    """Name a task the way A1111 does."""
    return f"task({tab}-{''.join(secrets.choice(_TASK_LETTERS) for _ in range(7))})"


def _names_addresses(fields: Img2ImgRequest) -> bool:
    texts = (*(fields.init_images or ()), fields.mask or "", fields.latent_mask or "")
    return any(text[:8].lower().startswith(WEB) for text in texts)
