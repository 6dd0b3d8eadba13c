"""Routes whose features are not there yet: they say so, instead of being missing."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, HTTPException

from modules.api.failures import A1111Error
from modules.api.sdapi.generation_routes import PREFIX

_NOT_YET: dict[int | str, dict[str, Any]] = {501: {"model": A1111Error, "description": "Not there yet."}}


def build_training_routes() -> APIRouter:
    """Return the routes of A1111's Train tab."""
    router = APIRouter(prefix=PREFIX, tags=["Training"], responses=_NOT_YET)

    @router.post("/create/embedding")
    @router.post("/create/hypernetwork")
    @router.post("/train/embedding")
    @router.post("/train/hypernetwork")
    def train() -> None:
        """Not there yet."""
        raise HTTPException(501, "Training is not supported yet.")

    return router
