"""Where the page's canvases hand in pictures, and get them back."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from PIL import Image
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from modules.artefacts.picture_store import PictureStore
from modules.foundation.errors import InvalidRequestError, NotFoundError, WebUIError
from modules.imaging.reading import MAX_BYTES, open_image, read_header

FILES = ("image", "mask", "sketch")
LAYERS_BYTES = 24 * 2**20
"""What a mask or sketch may add to a picture in one request."""
PAPERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=31536000, immutable"}


@dataclass(frozen=True)
class HandedIn:
    """What one request brings: files by field, and the id of a picture that is there already."""

    files: Mapping[str, bytes]
    picture: str = ""


def build_picture_routes(store: PictureStore) -> APIRouter:
    """Return the routes under ``internal/pictures``. They are for the page; programs send pictures to the API."""
    router = APIRouter(prefix="/internal/pictures", include_in_schema=False)

    @router.post("")
    async def hand_in(request: Request) -> Response:
        try:
            handed_in = await _read_form(request)
            return JSONResponse(await _keep_all(store, handed_in))
        except WebUIError as error:
            return _refusal(error)

    @router.get("/{name}")
    def picture(name: str) -> Response:
        """Answer with the file as it came."""
        try:
            path = store.path(name)
            kind = Image.MIME[read_header(path).format]
        except WebUIError as error:
            return _refusal(error)
        return FileResponse(path, media_type=kind, headers=PAPERS)

    @router.get("/{name}/shown")
    def shown(name: str) -> Response:
        """Answer with a PNG of it, for browsers that cannot show the file itself."""
        try:
            image = store.open(name)
        except WebUIError as error:
            return _refusal(error)
        return Response(_encode(image, "PNG"), media_type="image/png", headers=PAPERS)

    return router


async def _read_form(request: Request) -> HandedIn:
    """Read files and fields. Raises: InvalidRequestError."""
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > MAX_BYTES + LAYERS_BYTES:
        raise _too_much()
    try:
        async with request.form(max_files=len(FILES), max_fields=1, max_part_size=100) as form:
            files = {field: await part.read() for field in FILES if isinstance(part := form.get(field), UploadFile)}
            picture = form.get("picture")
    except HTTPException as error:  # how Starlette says that a form is broken
        raise InvalidRequestError("image", f"The form could not be read: {error.detail}") from error
    return HandedIn(files, picture if isinstance(picture, str) else "")


async def _keep_all(store: PictureStore, handed_in: HandedIn) -> dict[str, str | int | None]:
    """Keep picture, mask and sketch, the first two at the same time. Raises: InvalidRequestError."""
    files = handed_in.files
    if "image" not in files and not handed_in.picture:
        raise InvalidRequestError("image", "No picture was handed in.", remedy="Choose a picture first.")
    fields = [field for field in ("image", "mask") if field in files]
    kept = dict(zip(fields, await asyncio.gather(*(
        asyncio.to_thread(store.keep, files[field], field=field) for field in fields))))
    image = kept.get("image", handed_in.picture)
    size = await asyncio.to_thread(store.size, image)
    sketch = await asyncio.to_thread(_keep_sketch, store, image, files["sketch"]) if "sketch" in files else None
    return {"image": image, "mask": kept.get("mask"), "sketch": sketch, "width": size.width, "height": size.height}


def _keep_sketch(store: PictureStore, picture: str, strokes: bytes) -> str:
    """Lay strokes over a picture and keep the result.

    Done here and not in the browser, whose colours are its own: where nothing is painted, picture and sketch must
    be the same to the last bit, because the difference is the mask of inpaint sketch.
    """
    below = store.open(picture)
    above = open_image(strokes, field="sketch")
    if above.size != below.size:
        raise InvalidRequestError("sketch", f"The sketch is {above.width}x{above.height}, but its picture "
                                            f"{below.width}x{below.height}.")
    return store.keep(_encode(_lay_over(below, above), "TIFF"), field="sketch")


def _lay_over(below: Image.Image, above: Image.Image) -> Image.Image:
    if below.mode == "RGBA":
        return Image.alpha_composite(below, above.convert("RGBA"))
    below.paste(above, mask=above.getchannel("A") if above.mode == "RGBA" else None)
    return below


def _encode(image: Image.Image, kind: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def _too_much() -> InvalidRequestError:
    return InvalidRequestError("image", f"This is too much at once; at most {MAX_BYTES / 2**20:.0f} MB are read.",
                               remedy="Make the picture smaller or save it with stronger compression.")


def _refusal(error: WebUIError) -> Response:
    status = 404 if isinstance(error, NotFoundError) else 422 if isinstance(error, InvalidRequestError) else 500
    field = getattr(error, "field", "")
    return JSONResponse({"message": error.message, "remedy": error.remedy, "field": field}, status)
