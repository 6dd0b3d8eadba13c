"""``/pictures``: handing in pictures that requests then name by their id."""

from __future__ import annotations

from typing import Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, HTTPException, Request
from starlette.datastructures import UploadFile
from starlette.responses import FileResponse, Response

from modules.api.failures import OwnError
from modules.api.native.job_models import PictureAnswer
from modules.api.services import ApiServices
from modules.imaging.reading import read_header

_BINARY = {"type": "string", "format": "binary"}
_BODY: dict[str, Any] = {"requestBody": {"required": True, "content": {
    "image/*": {"schema": _BINARY}, "application/octet-stream": {"schema": _BINARY},
    "multipart/form-data": {"schema": {"type": "object", "required": ["image"], "properties": {"image": _BINARY}}},
}}}
_REFUSED: dict[int | str, dict[str, Any]] = {
    400: {"model": OwnError, "description": "A form that cannot be read."},
    422: {"model": OwnError, "description": "No picture, a damaged one, or one that is too large."}}
_SERVED: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/*": {"schema": _BINARY}}, "description": "The picture."},
    404: {"model": OwnError}, 422: {"model": OwnError}}


def build_picture_routes(services: ApiServices) -> APIRouter:
    """Return the routes of pictures to start from."""
    router = APIRouter(prefix="/pictures", tags=["Pictures to start from"])

    @router.post("", status_code=201, openapi_extra=_BODY, responses=_REFUSED)
    async def take(request: Request) -> PictureAnswer:
        """Hand in a picture: as the whole body, or as the file `image` of a form."""
        data = await _read_file(request)
        return await run_sync(_keep, data, services, limiter=services.lines.reading)

    @router.get("/{picture_id}", response_class=FileResponse, responses=_SERVED)
    def show(picture_id: str) -> Response:
        """The picture as it was handed in."""
        path = services.pictures.path(picture_id, field="picture_id")
        return FileResponse(path, media_type=f"image/{read_header(path).format.lower()}")

    return router


async def _read_file(request: Request) -> bytes:
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await request.body()
    async with request.form(max_files=1, max_fields=1) as form:
        file = form.get("image")
        if not isinstance(file, UploadFile):
            raise HTTPException(422, "The form has no file called image.")
        return await file.read()


def _keep(data: bytes, services: ApiServices) -> PictureAnswer:
    name = services.pictures.keep(data)
    size = services.pictures.size(name)
    return PictureAnswer(id=name, width=size.width, height=size.height)
