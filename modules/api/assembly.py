"""Puts the routes together. The only place where the order of routers is decided."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.responses import HTMLResponse, RedirectResponse, Response

from modules.api.documentation import DESCRIPTION, TAGS, documentation_page
from modules.api.failures import SafeJSONResponse, answer_failures
from modules.api.internal_routes import build_internal_routes
from modules.api.native.job_routes import build_job_routes
from modules.api.native.picture_routes import build_picture_routes
from modules.api.sdapi.control_routes import build_control_routes
from modules.api.sdapi.extras_routes import build_extras_routes
from modules.api.sdapi.generation_routes import build_generation_routes
from modules.api.sdapi.list_routes import build_list_routes
from modules.api.sdapi.option_routes import build_option_routes
from modules.api.sdapi.picture_info_routes import build_picture_info_routes
from modules.api.sdapi.training_routes import build_training_routes
from modules.api.services import ApiServices


def mount_api(app: FastAPI, services: ApiServices) -> None:
    """Add every route of the API to the program's application, and the answers to what goes wrong."""
    app.title, app.version = "Stable Diffusion web UI", services.generation.bench.version
    app.description, app.openapi_tags = DESCRIPTION, TAGS
    if services.flags.subpath:
        app.servers = [{"url": services.flags.subpath}]
    answer_failures(app)
    for build in (build_generation_routes, build_extras_routes, build_control_routes, build_option_routes,
                  build_list_routes, build_picture_info_routes, build_job_routes, build_picture_routes,
                  build_internal_routes):
        app.include_router(build(services))
    app.include_router(build_training_routes())
    _add_documentation(app)


def _add_documentation(app: FastAPI) -> None:
    @app.get("/openapi.json", include_in_schema=False)
    def openapi() -> Response:
        return SafeJSONResponse(app.openapi())

    @app.get("/docs", include_in_schema=False)
    def docs() -> Response:
        return HTMLResponse(documentation_page(app.openapi()))

    @app.get("/redoc", include_in_schema=False)
    def redoc() -> Response:
        return RedirectResponse("docs")
