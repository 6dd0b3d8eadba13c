"""What the Extras tab lays beside a result."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Response
from fastapi.responses import FileResponse
from PIL import Image

from modules.foundation.errors import WebUIError
from modules.imaging.png import encode_png
from modules.imaging.reading import open_image, read_header
from modules.jobs.extras_service import ExtrasService

SHOWN_BY_BROWSERS = ("PNG", "JPEG", "WEBP", "AVIF", "GIF")
PAPERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=86400"}


def build_extras_routes(service: ExtrasService) -> APIRouter:
    """Return the route of originals, under the address of their results."""
    router = APIRouter(prefix="/internal/jobs", include_in_schema=False)

    @router.get("/{job_id}/pictures/{number}/original")
    def original(job_id: str, number: int) -> Response:
        """Answer with the picture that a result was made from; with nothing, where the two cannot be compared."""
        try:
            path = service.original(job_id, number)
            kind = read_header(path).format
            if kind in SHOWN_BY_BROWSERS:
                return FileResponse(path, media_type=Image.MIME[kind], headers=PAPERS)
            return Response(encode_png(open_image(path)), media_type="image/png", headers=PAPERS)
        except WebUIError as error:
            raise HTTPException(404, error.message) from error

    return router
