"""What the Outpaint tab asks for: its canvas before anything is painted."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Response

from modules.generation.request import GenerationRequest
from modules.jobs.generation_service import GenerationService


def build_outpaint_routes(service: GenerationService) -> APIRouter:
    """Return the route of the canvas preview."""
    router = APIRouter(prefix="/internal", include_in_schema=False)

    @router.post("/outpaint-preview")
    def preview(values: Annotated[dict[str, Any], Body()]) -> Response:
        picture = service.preview_outpainting(GenerationRequest.from_json(values))
        return Response(picture, media_type="image/png", headers={"Cache-Control": "no-store"})

    return router
