"""Errors as answers: A1111's four fields under ``/sdapi``, ``{error, remedy, detail}`` for our own routes."""

from __future__ import annotations

import json
import logging
import math
import secrets
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from modules.foundation.errors import InvalidRequestError, NotAllowedError, NotFoundError, WebUIError
from modules.jobs.errors import ClosingError, QueueFullError
from modules.jobs.job import Failure, Job

SDAPI = "/sdapi/"
OWN = ("/jobs", "/pictures")
FIELD_NAMES = {"batch_count": "n_iter", "checkpoint": "override_settings.sd_model_checkpoint"}
"""What A1111's API calls fields that our request calls otherwise."""
_KINDS_ASKED_FOR = {"InvalidRequestError": 422, "NotFoundError": 404}

logger = logging.getLogger(__name__)


class JobFailedError(WebUIError):
    """A job ended without a result; ``failure`` says why, as the job list does."""

    def __init__(self, job: Job, failure: Failure) -> None:
        super().__init__(failure.message, remedy=failure.remedy)
        self.job = job
        self.failure = failure


class FieldError(BaseModel):
    """One value that cannot be used."""

    loc: list[str | int] = Field(description="Where it stands in the request.", examples=[["body", "steps"]])
    msg: str = Field(description="What is accepted.", examples=["steps must be from 1 to 1,000, not 5,000."])
    type: str = Field(examples=["value_error"])


class RefusedAnswer(BaseModel):
    """The answer 422: FastAPI's own form."""

    detail: list[FieldError]


class A1111Error(BaseModel):
    """Every other error of the routes that A1111 has."""

    error: str = Field(description="Name of the kind of error.", examples=["NotFoundError"])
    detail: str = Field(default="", description="What happened, for a person.")
    body: str = ""
    errors: str = Field(default="", description="The same once more, where A1111 has it.")


class OwnError(BaseModel):
    """An error of our own routes."""

    error: str = Field(description="What happened.", examples=["This job is not known (any more)."])
    remedy: str = Field(default="", description="What to do about it.")
    detail: list[FieldError] = Field(default=[], description="The values that cannot be used, with 422.")


class SafeJSONResponse(JSONResponse):
    """JSON that any content can be written as: lone surrogates are escaped, NaN and infinity become null."""

    def render(self, content: Any) -> bytes:
        try:
            text = json.dumps(content, allow_nan=False, separators=(",", ":"))
        except ValueError:
            text = json.dumps(_finite(content), separators=(",", ":"))
        return text.encode("ascii")


def answer_failures(app: FastAPI) -> None:
    """Register the answers to everything that can go wrong."""
    app.add_exception_handler(WebUIError, _answer_known)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(Exception, _answer_unknown)


async def _answer_known(request: Request, error: Exception) -> Response:
    assert isinstance(error, WebUIError)
    status = _status(error)
    headers = {"Retry-After": str(error.retry_after_s)} if isinstance(error, QueueFullError) else None
    sdapi = request.url.path.startswith(SDAPI)
    if isinstance(error, InvalidRequestError):
        return _refused(sdapi, error.message, error.remedy, [_field_error(error, sdapi)])
    if not sdapi:
        return SafeJSONResponse({"error": error.message, "remedy": error.remedy}, status, headers)
    kind = error.failure.kind if isinstance(error, JobFailedError) else type(error).__name__
    return SafeJSONResponse(_a1111(kind, str(error), error.message), status, headers)


async def _answer_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = [{"loc": list(one["loc"]), "msg": one["msg"], "type": one["type"]} for one in error.errors()[:100]]
    summary = "; ".join(": ".join(filter(None, (".".join(map(str, one["loc"][1:])), one["msg"]))) for one in found[:3])
    return _refused(request.url.path.startswith(SDAPI), summary, "", found)


async def _answer_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers) if error.headers else None
    if request.url.path.startswith(SDAPI):
        return SafeJSONResponse(_a1111("HTTPException", str(error.detail)), error.status_code, headers)
    if request.url.path.startswith(OWN):
        return SafeJSONResponse({"error": str(error.detail), "remedy": ""}, error.status_code, headers)
    return SafeJSONResponse({"detail": error.detail}, error.status_code, headers)


async def _answer_unknown(request: Request, error: Exception) -> Response:
    """Give a number that the log knows; the traceback itself is nobody else's business."""
    incident = secrets.token_hex(3)
    logger.error("%s %s failed, number %s", request.method, request.url.path, incident, exc_info=error)
    text = f"Something went wrong inside the program (error {incident})."
    if request.url.path.startswith(SDAPI):
        return SafeJSONResponse(_a1111(type(error).__name__, "", text), 500)
    return SafeJSONResponse({"error": text, "remedy": f"The log tells more under the number {incident}."}, 500)


def _status(error: WebUIError) -> int:
    if isinstance(error, JobFailedError):
        return _KINDS_ASKED_FOR.get(error.failure.kind, 500)
    if isinstance(error, QueueFullError):
        return 429
    if isinstance(error, ClosingError):
        return 503
    if isinstance(error, NotAllowedError):
        return 403
    if isinstance(error, NotFoundError):
        return 404
    return 500


def _refused(sdapi: bool, summary: str, remedy: str, found: list[dict[str, Any]]) -> Response:
    body: dict[str, Any] = {"detail": found}
    return SafeJSONResponse(body if sdapi else {"error": summary, "remedy": remedy, **body}, 422)


def _field_error(error: InvalidRequestError, sdapi: bool) -> dict[str, Any]:
    name = FIELD_NAMES.get(error.field, error.field) if sdapi else error.field
    return {"loc": ["body", *name.split(".")], "msg": str(error), "type": "value_error"}


def _a1111(kind: str, detail: str, errors: str = "") -> dict[str, str]:
    return {"error": kind, "detail": detail, "body": "", "errors": errors}


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, (list, tuple)) else value
