"""From a request to what will be done, or why it cannot be: nothing large is read here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import regex

from modules.catalog.catalog import Catalog
from modules.catalog.entry import CheckpointEntry
from modules.foundation.errors import InvalidRequestError, NotFoundError
from modules.foundation.safe_names import safe_name
from modules.training.merging.request import (
    ADD_DIFFERENCE,
    CONFIG_SOURCES,
    FORMATS,
    METHODS,
    NO_INTERPOLATION,
    NO_VAE,
    MergeRequest,
)

MAX_PATTERN_CHARACTERS = 500
MAX_METADATA_CHARACTERS = 1 << 20


@dataclass(frozen=True)
class MergePlan:
    """A request whose names stand for files. ``models`` are the one, two or three that the method uses, A first."""

    request: MergeRequest
    models: tuple[CheckpointEntry, ...]
    vae: Path | None
    discard: regex.Pattern[str] | None
    metadata: Mapping[str, str]
    """What the person wrote into the metadata box, as texts."""
    settings_file: Path | None
    """The file to copy beside the result."""

    def file_name(self, ending: str) -> str:
        """Name the result."""
        name = self.request.custom_name.strip() or _default_name(self.request, self.models)
        return safe_name(name, ending)


def plan_merge(request: MergeRequest, catalog: Catalog) -> MergePlan:
    """Check a request and find its files. Raises: InvalidRequestError, NotFoundError."""
    _check_values(request)
    models = tuple(_require_file(name, catalog) for name in _names_in_use(request))
    return MergePlan(request, models, _find_vae(request.bake_in_vae, catalog), _read_pattern(request.discard_weights),
                     _read_metadata(request.metadata_json) if request.save_metadata else {},
                     _settings_file(request, catalog))


def _names_in_use(request: MergeRequest) -> tuple[str, ...]:
    """Raises: InvalidRequestError with A1111's words for what is missing."""
    if not request.primary:
        raise InvalidRequestError("primary", "Failed: Merging requires a primary model.",
                                  remedy="Choose a checkpoint as model A.")
    if request.method == NO_INTERPOLATION:
        return (request.primary,)
    if not request.secondary:
        raise InvalidRequestError("secondary", "Failed: Merging requires a secondary model.",
                                  remedy="Choose a checkpoint as model B.")
    if request.method != ADD_DIFFERENCE:
        return request.primary, request.secondary
    if not request.tertiary:
        raise InvalidRequestError("tertiary", f"Failed: Interpolation method ({request.method}) requires a tertiary "
                                  "model.", remedy="Choose a checkpoint as model C: usually what B was made from.")
    return request.primary, request.secondary, request.tertiary


def _require_file(name: str, catalog: Catalog) -> CheckpointEntry:
    entry = catalog.require(name)
    if entry.path.is_dir():
        raise InvalidRequestError("primary", f"{entry.name} is a folder of a model in pieces; only single files can be "
                                  "merged.", remedy="Get the version of this model that is one file.")
    return entry


def _check_values(request: MergeRequest) -> None:
    _check_choice("method", request.method, METHODS)
    _check_choice("checkpoint_format", request.checkpoint_format, FORMATS)
    if not 0 <= request.multiplier <= 1:
        raise InvalidRequestError("multiplier", f"The multiplier must be between 0 and 1, not {request.multiplier:g}.")
    if not 0 <= request.config_source < len(CONFIG_SOURCES):
        raise InvalidRequestError("config_source", f"config_source must be 0 to {len(CONFIG_SOURCES) - 1}.")


def _check_choice(field: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise InvalidRequestError(field, f"There is no {value[:60]!r}.", remedy=f"Choose one of: {', '.join(choices)}.")


def _find_vae(name: str, catalog: Catalog) -> Path | None:
    if name in ("", NO_VAE):
        return None
    path = catalog.vaes.get(name)
    if path is None:
        raise NotFoundError(f"There is no VAE called {name[:100]!r}.", remedy="Refresh the list and choose another.")
    return path


def _read_pattern(text: str) -> regex.Pattern[str] | None:
    if not text:
        return None
    if len(text) > MAX_PATTERN_CHARACTERS:
        raise InvalidRequestError("discard_weights", f"The pattern of weights to discard has {len(text)} characters; "
                                  f"{MAX_PATTERN_CHARACTERS} is the limit.")
    try:
        return regex.compile(text)
    except regex.error as error:
        raise InvalidRequestError("discard_weights", "The pattern of weights to discard is not a regular expression: "
                                  f"{error}.", remedy="An example: model_ema\\. leaves out what is for training only."
                                  ) from error


def _read_metadata(text: str) -> dict[str, str]:
    try:
        table = json.loads(text.strip() or "{}") if len(text) <= MAX_METADATA_CHARACTERS else None
    except (ValueError, RecursionError):
        table = None
    if not isinstance(table, dict):
        raise InvalidRequestError("metadata_json", "The metadata is not an object in JSON.",
                                  remedy='Write {"name": "value"}, or {} for none.')
    return {key: as_text(value) for key, value in table.items()}


def as_text(value: Any) -> str:
    """Write a value as a file's header keeps it: texts as they are, all else as JSON."""
    return value if isinstance(value, str) else json.dumps(value)


def _settings_file(request: MergeRequest, catalog: Catalog) -> Path | None:
    """Find the settings file to copy; the models named count, whether the method uses them or not."""
    named = {0: (request.primary, request.secondary, request.tertiary), 1: (request.secondary,),
             2: (request.tertiary,)}.get(request.config_source, ())
    entries = filter(None, map(catalog.find, named))
    return next((file for entry in entries if (file := entry.path.with_suffix(".yaml")).is_file()), None)


def _default_name(request: MergeRequest, models: tuple[CheckpointEntry, ...]) -> str:
    names = [entry.model_name for entry in models]
    share, rest = round(float(request.multiplier), 2), round(1 - float(request.multiplier), 2)
    if request.method == NO_INTERPOLATION:
        return names[0]
    if request.method == ADD_DIFFERENCE:
        return f"{names[0]} + {share}({names[1]} - {names[2]})"
    return f"{rest}({names[0]}) + {share}({names[1]})"
