"""Routes of the pages on which one grid is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fastapi import APIRouter, HTTPException, Query, Response
from fastapi.responses import FileResponse, HTMLResponse, StreamingResponse
from pydantic import BaseModel

from modules.foundation.errors import NotFoundError
from modules.frontend.grid_page import live_page, saved_page, shrink
from modules.frontend.routes import ALWAYS_ASK, NEVER_CHANGES, assets_stamp
from modules.jobs.generation_service import GenerationService
from modules.jobs.job import Job
from modules.plugins.grids.cells import CELLS_FOLDER, Cell, CellStore
from modules.plugins.grids.record import GRIDS_FOLDER, GridBook, GridRecord

LARGEST_SIDE_PX = 2048


class GridAnswer(BaseModel):
    """A grid as its page sees it: the cells that are new, and the rest."""

    state: str
    """The job's; ``gone`` where nobody remembers it."""
    sheet: dict[str, Any] | None
    cells: list[dict[str, Any]]
    switches: int
    remaining_s: float | None
    error: str | None


def build_grid_routes(service: GenerationService, data_folder: Path) -> APIRouter:
    """Return the routes under ``internal/grids/``."""
    router = APIRouter(prefix="/internal/grids", include_in_schema=False)
    book, store = GridBook(data_folder / GRIDS_FOLDER), CellStore(data_folder / CELLS_FOLDER)
    _add_page(router, service, book)
    _add_cells(router, store)
    _add_file(router, book, store)

    @router.post("/{job_id}/retry")
    def retry(job_id: str) -> dict[str, str]:
        """Ask for the same grid again: of its cells only those are made that are missing."""
        job = _job(service, job_id)
        if job is None:
            raise HTTPException(404, "This grid is not remembered any more; ask for it once more.")
        if not job.finished:
            return {"job": job.id}
        stored = _with_seed(job.request, book.read(job_id))
        return {"job": service.queue.submit(job.kind, stored, client=job.client, title=job.title).id}

    return router


def _add_page(router: APIRouter, service: GenerationService, book: GridBook) -> None:
    stamp = assets_stamp()

    @router.get("/{job_id}")
    def page(job_id: str) -> Response:
        _require(service, book, job_id)
        return HTMLResponse(live_page(stamp), headers=ALWAYS_ASK)

    @router.get("/{job_id}/state")
    def state(job_id: str, stamp: str = "", after: int = Query(0, ge=0)) -> GridAnswer:
        """How the grid stands; of an attempt that is known, only the cells after the first ``after``."""
        job, record = _require(service, book, job_id)
        error = job.error.message if job and job.error else None
        situation = job.state.value if job else "gone"
        if record is None:
            return GridAnswer(state=situation, sheet=None, cells=[], switches=0, remaining_s=None, error=error)
        known = after if stamp == record.sheet.stamp else 0
        return GridAnswer(
            state=situation, sheet=asdict(record.sheet) if stamp != record.sheet.stamp else None,
            cells=[asdict(cell) for cell in record.cells[known:]], switches=record.sheet.switches,
            remaining_s=record.remaining_s(), error=error)


def _add_cells(router: APIRouter, store: CellStore) -> None:
    def find(key: str) -> Cell:
        try:
            cell = store.find(key)
        except ValueError as error:
            raise HTTPException(404) from error
        if cell is None:
            raise HTTPException(404, "This picture is not kept any more.")
        return cell

    @router.get("/{job_id}/cells/{key}")
    def picture(key: str, side: int = Query(0, ge=0, le=LARGEST_SIDE_PX)) -> Response:
        cell = find(key)
        if side:
            return Response(shrink(cell.open(), side), media_type="image/webp", headers=NEVER_CHANGES)
        return FileResponse(cell.path, media_type="image/png", headers=NEVER_CHANGES)

    @router.get("/{job_id}/cells/{key}/text")
    def text(key: str) -> dict[str, str]:
        return {"infotext": find(key).facts.infotext}


def _add_file(router: APIRouter, book: GridBook, store: CellStore) -> None:
    @router.get("/{job_id}/file")
    def file(job_id: str, side: int = Query(0, ge=0, le=LARGEST_SIDE_PX)) -> Response:
        """The grid as one HTML file, its pictures inside."""
        record = book.read(job_id)
        if record is None:
            raise HTTPException(404)
        disposition = {"Content-Disposition": f'attachment; filename="grid-{job_id}.html"'}
        return StreamingResponse(saved_page(record, store, side), media_type="text/html; charset=utf-8",
                                 headers={**ALWAYS_ASK, **disposition})


def _require(service: GenerationService, book: GridBook, job_id: str) -> tuple[Job | None, GridRecord | None]:
    """Return the job and its grid, as far as they are remembered. Raises: HTTPException where neither is."""
    job, record = _job(service, job_id), book.read(job_id)
    if job is None and record is None:
        raise HTTPException(404, "This grid is not known (any more).")
    return job, record


def _with_seed(stored: Mapping[str, Any], record: GridRecord | None) -> Mapping[str, Any]:
    """Put the seed that was drawn for a grid into the job that asks for it again."""
    if record is None or record.sheet.seed is None:
        return stored
    return {**stored, "request": {**stored["request"], "seed": record.sheet.seed}}


def _job(service: GenerationService, job_id: str) -> Job | None:
    try:
        return service.queue.monitor.get(job_id)
    except NotFoundError:
        return None
