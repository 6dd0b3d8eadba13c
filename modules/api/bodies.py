"""JSON bodies that are let go as soon as they are read.

FastAPI keeps a body until its route has answered. A request that waits for a picture would so keep the pictures
it brought three times over, and two hundred of them fill the memory.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from anyio.to_thread import run_sync
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

Model = TypeVar("Model", bound=BaseModel)
LARGE_BYTES = 2**20


def json_body(model: type[Model]) -> Callable[[Request], Awaitable[Model]]:
    """Return a dependency that reads a body as ``model``; without a Content-Type it counts as JSON, as in A1111."""

    async def read(request: Request) -> Model:
        data = b"".join([chunk async for chunk in request.stream()])
        try:
            if len(data) > LARGE_BYTES:
                return await run_sync(model.model_validate_json, data)
            return model.model_validate_json(data)
        except ValidationError as error:
            raise RequestValidationError([
                {**one, "loc": ("body", *one["loc"])}
                for one in error.errors(include_input=False, include_url=False, include_context=False)]) from None

    return read


def describe_body(model: type[BaseModel]) -> dict[str, Any]:
    """Return what OpenAPI has to know about such a body."""
    schema = model.model_json_schema()
    parts = schema.pop("$defs", {})
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": _inline(schema, parts)}}}}


def _inline(schema: Any, parts: Mapping[str, Any]) -> Any:
    """Put named parts in their places: OpenAPI knows only those that FastAPI has collected itself."""
    if isinstance(schema, list):
        return [_inline(item, parts) for item in schema]
    if not isinstance(schema, dict):
        return schema
    named = parts.get(str(schema.get("$ref", "")).rpartition("/")[2], {})
    return {key: _inline(item, parts) for key, item in {**named, **schema}.items() if key != "$ref"}
