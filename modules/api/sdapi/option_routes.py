"""Options and launch flags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import ConfigDict, Field, RootModel

from modules.api.bodies import describe_body, json_body
from modules.api.failures import A1111Error, RefusedAnswer
from modules.api.sdapi.foreign_options import foreign_defaults
from modules.api.sdapi.generation_routes import PREFIX
from modules.api.sdapi.launch_flags import describe_flags
from modules.api.sdapi.option_rules import check_folders, without_restricted
from modules.api.services import ApiServices
from modules.foundation.errors import InvalidRequestError
from modules.settings.option import Option
from modules.settings.values import OPTIONS

MOST_OPTIONS = 2000


class ChangedOptions(RootModel[Annotated[dict[str, Any], Field(max_length=MOST_OPTIONS)]]):
    """Options by key."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"sd_model_checkpoint": "crayon-v1"}]})


def build_option_routes(services: ApiServices) -> APIRouter:
    """Return ``options`` and ``cmd-flags``."""
    router = APIRouter(prefix=PREFIX, tags=["Options"])

    @router.get("/options")
    def get_options() -> dict[str, Any]:
        """Every option in force. Those of A1111 that mean nothing here are given as they were saved."""
        return read_options(services)

    @router.post("/options", responses={404: {"model": A1111Error}, 422: {"model": RefusedAnswer}},
                 openapi_extra=describe_body(ChangedOptions))
    def set_options(values: Annotated[ChangedOptions, Depends(json_body(ChangedOptions))]) -> None:
        """Change and save options. ``api_*`` are passed over: only the page may change those."""
        change_options(values.root, services)

    @router.get("/cmd-flags")
    def cmd_flags() -> dict[str, Any]:
        """The launch flags, without passwords."""
        return describe_flags(services.flags)

    return router


def read_options(services: ApiServices) -> dict[str, Any]:
    """Return options by key, the checkpoint by its title."""
    store, bench = services.generation.settings, services.generation.bench
    foreign = {key: store.foreign.get(key, default) for key, default in foreign_defaults().items()}
    values = {**foreign, **store.current.flat()}
    chosen = bench.catalog.find(values["sd_model_checkpoint"]) or next(iter(bench.catalog.checkpoints), None)
    if chosen is not None:
        values |= {"sd_model_checkpoint": chosen.title, "sd_checkpoint_hash": chosen.sha256 or ""}
    return values


def change_options(values: Mapping[str, Any], services: ApiServices) -> None:
    """Check everything, then change everything. Raises: InvalidRequestError, NotFoundError, OutputError."""
    store, bench = services.generation.settings, services.generation.bench
    wanted = without_restricted(values)
    check_folders(wanted, store.current.flat(), bench.data_folder)
    if wanted.get("sd_model_checkpoint"):
        wanted["sd_model_checkpoint"] = bench.catalog.require(str(wanted["sd_model_checkpoint"])).name
    foreign = {key: value for key, value in wanted.items() if key not in OPTIONS}
    kept = {key: _coerce_foreign(key, value) for key, value in foreign.items()}
    store.update({key: value for key, value in wanted.items() if key in OPTIONS})
    if kept:
        store.keep_foreign(kept)


def _coerce_foreign(key: str, value: Any) -> Any:
    defaults = foreign_defaults()
    if key not in defaults:
        raise InvalidRequestError(key, f"There is no setting {key[:60]!r}.")
    return value if defaults[key] is None else Option(key, defaults[key]).coerce(key, value)
