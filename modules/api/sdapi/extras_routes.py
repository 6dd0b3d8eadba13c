"""Enlarging and repairing pictures: the Extras tab for programs."""

from __future__ import annotations

from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from modules.api.bodies import describe_body, json_body
from modules.api.callers import Caller
from modules.api.failures import SafeJSONResponse
from modules.api.pictures.finished import job_settings, read_picture
from modules.api.pictures.intake import WEB, encode
from modules.api.sdapi.generation_models import LenientModel, Name, Picture
from modules.api.sdapi.generation_routes import FAILURES, PREFIX, require_finished
from modules.api.sdapi.processed import ordered_pictures
from modules.api.services import ApiServices
from modules.extras.checks import SCALE
from modules.extras.enlarging import MAX_SIDE_PX
from modules.extras.request import ExtrasRequest
from modules.jobs.extras_runner import StoredExtras
from modules.jobs.job import Job

Visibility = Annotated[float, Field(ge=0, le=1)]
Side = Annotated[int, Field(ge=1, le=MAX_SIDE_PX)]
MOST_IMAGES = 500
_SAME_NAME = (
    "resize_mode", "gfpgan_visibility", "codeformer_visibility", "codeformer_weight", "upscaling_resize",
    "upscaling_resize_w", "upscaling_resize_h", "upscaling_crop", "upscaler_1", "upscaler_2",
    "extras_upscaler_2_visibility",
)


class ExtrasFields(LenientModel):
    """The fields that both routes share."""

    resize_mode: Annotated[int, Field(ge=0, le=1)] = Field(
        default=0, description="0: by `upscaling_resize`; 1: to `upscaling_resize_w` x `upscaling_resize_h`")
    show_extras_results: bool = Field(default=True, description="The answer has the pictures in any case.")
    gfpgan_visibility: Visibility = 0
    codeformer_visibility: Visibility = 0
    codeformer_weight: Visibility = 0
    upscaling_resize: Annotated[float, Field(ge=SCALE.low, le=SCALE.high)] = 2
    upscaling_resize_w: Side = 512
    upscaling_resize_h: Side = 512
    upscaling_crop: bool = True
    upscaler_1: Name = "None"
    upscaler_2: Name = "None"
    extras_upscaler_2_visibility: Visibility = 0
    upscale_first: bool = Field(default=False, description="Accepted and not used, as in A1111.")


class ExtraSingleRequest(ExtrasFields):
    """One picture to enlarge or repair."""

    model_config = ConfigDict(json_schema_extra={"examples": [
        {"image": "data:image/png;base64,iVBORw0KGgo…", "upscaling_resize": 2, "upscaler_1": "Lanczos"}]})

    image: Picture = ""


class NamedPicture(LenientModel):
    """A picture and the name of its file."""

    data: Picture = ""
    name: Name = ""


class ExtraBatchRequest(ExtrasFields):
    """Several pictures to enlarge or repair."""

    imageList: Annotated[list[NamedPicture], Field(max_length=MOST_IMAGES)] = Field(default=[])


class ExtraSingleAnswer(BaseModel):
    """The finished picture."""

    html_info: str = Field(description="what was adjusted")
    image: str = Field(description="base64")


class ExtraBatchAnswer(BaseModel):
    """The finished pictures."""

    html_info: str = Field(description="what was adjusted")
    images: list[str] = Field(description="base64")


SingleBody = Annotated[ExtraSingleRequest, Depends(json_body(ExtraSingleRequest))]
BatchBody = Annotated[ExtraBatchRequest, Depends(json_body(ExtraBatchRequest))]


def build_extras_routes(services: ApiServices) -> APIRouter:
    """Return the two routes of extras."""
    router = APIRouter(prefix=PREFIX, tags=["Extras"])

    @router.post("/extra-single-image", response_model=ExtraSingleAnswer, responses=FAILURES,
                 openapi_extra=describe_body(ExtraSingleRequest))
    async def extra_single_image(request: Request, fields: SingleBody) -> Response:
        """Enlarge or repair a picture."""
        sent = [NamedPicture(data=fields.image)]
        fields.image = ""
        images, info = await _make(services, fields, sent, Caller.of(request), "image")
        return SafeJSONResponse({"html_info": info, "image": images[0] if images else ""})

    @router.post("/extra-batch-images", response_model=ExtraBatchAnswer, responses=FAILURES,
                 openapi_extra=describe_body(ExtraBatchRequest))
    async def extra_batch_images(request: Request, fields: BatchBody) -> Response:
        """Enlarge or repair several pictures."""
        sent = list(fields.imageList)
        fields.imageList = []
        images, info = await _make(services, fields, sent, Caller.of(request), "imageList")
        return SafeJSONResponse({"html_info": info, "images": images})

    return router


async def _make(services: ApiServices, fields: ExtrasFields, sent: list[NamedPicture], caller: Caller,
                field: str) -> tuple[list[str], str]:
    """Queue, wait, and return pictures and remarks; ``sent`` is emptied as soon as it is kept. Raises: WebUIError."""
    lines = services.lines
    slow = any(one.data[:8].lower().startswith(WEB) for one in sent)
    wanted = await run_sync(_read, services, fields, sent, field, limiter=lines.fetching if slow else lines.reading)
    job = await run_sync(lambda: services.extras.submit(wanted, client=caller.client), limiter=lines.submitting)
    job = require_finished(await services.extras.queue.monitor.wait_async(job.id))
    return await run_sync(_pack, job, limiter=lines.reading), "<br>".join(job.comments)


def _read(services: ApiServices, fields: ExtrasFields, sent: list[NamedPicture], field: str) -> ExtrasRequest:
    names = tuple(one.name for one in sent)
    images: list[str] = []
    while sent:
        place = f"{field}.{len(images)}.data" if field == "imageList" else field
        images.append(services.intake.keep(sent.pop(0).data, place))
    return ExtrasRequest(images=tuple(images), names=names if any(names) else (), save_images=False,
                         **{name: getattr(fields, name) for name in _SAME_NAME})


def _pack(job: Job) -> list[str]:
    stored = StoredExtras.from_json(job.request)
    settings = job_settings(stored.settings, stored.request.override_settings)
    return [encode(read_picture(picture, settings)) for picture in ordered_pictures(job, with_grid=False)]
