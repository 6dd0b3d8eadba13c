"""The JSON schema of a ``GenerationRequest``, read off the dataclass, its comments and its limits."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from modules.generation.checks import RANGES
from modules.generation.limits import Range
from modules.generation.request import GenerationRequest, Outpainting, SoftInpainting

_TYPES: dict[str, dict[str, Any]] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "tuple[str, ...]": {"type": "array", "items": {"type": "string"}},
    "tuple[Any, ...]": {"type": "array", "items": {}},
    "Mapping[str, Any]": {"type": "object", "additionalProperties": True},
}
_PARTS: dict[str, type] = {"SoftInpainting": SoftInpainting, "Outpainting": Outpainting}
_OPTIONAL = " | None"


def request_schema() -> dict[str, Any]:
    """Return the schema of what ``GenerationRequest.from_json`` reads."""
    schema = _describe(GenerationRequest, RANGES)
    schema["examples"] = [{"prompt": "a red house under a tree", "steps": 20, "width": 512, "height": 512, "seed": 1}]
    return schema


def _describe(cls: type, ranges: Mapping[str, Range]) -> dict[str, Any]:
    comments = field_comments(cls)
    properties: dict[str, Any] = {}
    for item in fields(cls):
        kind = str(item.type)
        schema = dict(_schema_of(kind.removesuffix(_OPTIONAL)))
        if item.name in ranges:
            accepted = ranges[item.name]
            schema |= {"minimum": accepted.low, "maximum": accepted.high}
        if kind.endswith(_OPTIONAL):
            schema = {"anyOf": [schema, {"type": "null"}]}
        if item.name in comments:
            schema["description"] = comments[item.name]
        if item.default is not MISSING:
            schema["default"] = list(item.default) if isinstance(item.default, tuple) else item.default
        properties[item.name] = schema
    return {"type": "object", "title": cls.__name__, "description": inspect.getdoc(cls) or "",
            "properties": properties, "additionalProperties": False}


def _schema_of(kind: str) -> dict[str, Any]:
    return _describe(_PARTS[kind], {}) if kind in _PARTS else _TYPES[kind]


def field_comments(cls: type) -> dict[str, str]:
    """Return the string that stands below a field of a class, by field."""
    body = ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0]
    assert isinstance(body, ast.ClassDef)
    found: dict[str, str] = {}
    for statement, following in zip(body.body, body.body[1:]):
        if (isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)
                and isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant)
                and isinstance(following.value.value, str)):
            found[statement.target.id] = inspect.cleandoc(following.value.value)
    return found
