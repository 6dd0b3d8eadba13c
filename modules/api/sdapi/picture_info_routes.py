"""What pictures say about themselves, and what can be said about them."""

from __future__ import annotations

from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, Field

from modules.api.bodies import describe_body, json_body
from modules.api.failures import A1111Error, RefusedAnswer
from modules.api.sdapi.generation_models import LenientModel, Picture
from modules.api.sdapi.generation_routes import FAILURES, PREFIX
from modules.api.services import ApiServices
from modules.artefacts.metadata import read_picture_text
from modules.imaging.reading import read_header
from modules.sampling.registry import REGISTRY

CAPTIONERS = ("clip", "deepdanbooru")


class PngInfoRequest(LenientModel):
    """A picture whose parameters somebody wants to read."""

    image: Picture = ""


class PngInfoAnswer(BaseModel):
    """What the picture carries."""

    info: str = Field(description="its infotext, or nothing")
    items: dict[str, Any] = Field(description="whatever else it says")
    parameters: dict[str, Any] = Field(description="the infotext's fields")


class InterrogateRequest(LenientModel):
    """A picture somebody wants described."""

    image: Picture = ""
    model: Annotated[str, Field(max_length=100)] = "clip"


class InterrogateAnswer(BaseModel):
    """The description."""

    caption: str


def build_picture_info_routes(services: ApiServices) -> APIRouter:
    """Return ``png-info`` and ``interrogate``."""
    router = APIRouter(prefix=PREFIX, tags=["Pictures"])

    @router.post("/png-info", responses=FAILURES, openapi_extra=describe_body(PngInfoRequest))
    async def png_info(fields: Annotated[PngInfoRequest, Depends(json_body(PngInfoRequest))]) -> PngInfoAnswer:
        """Read the parameters out of a picture: PNG, JPEG, WebP or AVIF."""
        return await run_sync(_read, fields.image, services, limiter=services.lines.reading)

    @router.post("/interrogate", response_model=InterrogateAnswer, openapi_extra=describe_body(InterrogateRequest),
                 responses={404: {"model": A1111Error}, 422: {"model": RefusedAnswer},
                            501: {"model": A1111Error, "description": "Not there yet."}})
    async def interrogate(fields: Annotated[InterrogateRequest, Depends(json_body(InterrogateRequest))]) -> None:
        """Describe a picture. Not there yet."""
        if not fields.image:
            raise HTTPException(404, "Image not found")
        if fields.model not in CAPTIONERS:
            raise HTTPException(404, "Model not found")
        raise HTTPException(501, "Describing pictures is not supported yet.")

    return router


def _read(image: str, services: ApiServices) -> PngInfoAnswer:
    header = read_header(services.intake.read(image, "image"), field="image")
    text = read_picture_text(header.info, header.size, REGISTRY.current.alias_map().get)
    fields = services.generation.read_infotext(text.infotext).fields if text.infotext else {}
    return PngInfoAnswer(info=text.infotext, items=text.items, parameters=dict(fields))
