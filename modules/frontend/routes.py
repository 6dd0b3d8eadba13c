"""What the page's scripts ask for: progress, previews, pictures, token counts, and the scripts themselves."""

from __future__ import annotations

import hashlib
import io
import mimetypes
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from modules.foundation.errors import NotFoundError
from modules.generation.limits import PROMPT_CHARACTERS
from modules.jobs.generation_service import GenerationService
from modules.jobs.job import Job, PictureRecord
from modules.jobs.view import JobView
from modules.plugins.grids.record import GRIDS_FOLDER, GridBook

ASSETS = Path(__file__).parent / "assets"
NEVER_CHANGES = {"Cache-Control": "private, max-age=31536000, immutable"}
ALWAYS_ASK = {"Cache-Control": "no-store"}


class TokenQuestion(BaseModel):
    """A prompt whose tokens somebody wants counted."""

    text: str = Field(max_length=PROMPT_CHARACTERS)
    steps: int = Field(20, ge=1, le=1000)
    negative: bool = False


class KeepQuestion(BaseModel):
    """The picture that is selected when Save is pressed."""

    number: int = Field(ge=0)


def assets_stamp() -> str:
    """A short word that changes when any asset does."""
    digest = hashlib.sha256()
    for path in sorted(ASSETS.iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:10]


def build_routes(service: GenerationService) -> APIRouter:
    """Return the routes under ``internal/`` of jobs and assets. They are for the page; programs use the API."""
    router = APIRouter(prefix="/internal", include_in_schema=False)
    _add_assets(router)
    _add_job_looks(router, service)
    _add_job_steering(router, service)
    _add_files(router, service)

    @router.post("/tokens")
    def count_tokens(question: TokenQuestion) -> dict[str, int]:
        count = service.count_tokens(question.text, steps=question.steps, negative=question.negative)
        return {"count": count.tokens, "limit": count.limit}

    return router


def _add_assets(router: APIRouter) -> None:
    files = {path.name: path for path in ASSETS.iterdir()}

    @router.get("/assets/{name}")
    def asset(name: str) -> Response:
        if name not in files:
            raise HTTPException(404)
        return FileResponse(files[name], headers=NEVER_CHANGES)


def _add_job_looks(router: APIRouter, service: GenerationService) -> None:
    grids = GridBook(service.bench.data_folder / GRIDS_FOLDER)

    @router.get("/jobs")
    def jobs_to_show(client: str) -> dict[str, list[str]]:
        """What a reloaded page shows: the jobs that are not done yet, else the newest."""
        monitor = service.queue.monitor
        newest = monitor.latest(client)
        return {"jobs": [job.id for job in monitor.unfinished(client) or ([newest] if newest else [])]}

    @router.get("/jobs/{job_id}")
    def look(job_id: str) -> Response:
        answer = JobAnswer.of(_view(service, job_id), grid=f"internal/grids/{job_id}" if grids.has(job_id) else None)
        return Response(answer.model_dump_json(), media_type="application/json", headers=ALWAYS_ASK)

    @router.get("/jobs/{job_id}/preview")
    def preview(job_id: str) -> Response:
        encoded = service.preview(job_id)
        if encoded is None:
            raise HTTPException(404)
        return Response(encoded.data, media_type=encoded.media_type, headers=ALWAYS_ASK)


def _add_job_steering(router: APIRouter, service: GenerationService) -> None:
    @router.post("/jobs/{job_id}/interrupt")
    def interrupt(job_id: str) -> dict[str, bool]:
        service.queue.cancel(job_id)
        return {"finishing": False}

    @router.post("/jobs/{job_id}/skip")
    def skip(job_id: str) -> dict[str, bool]:
        service.queue.skip(job_id)
        return {"finishing": False}

    @router.post("/jobs/{job_id}/retry")
    def retry(job_id: str) -> dict[str, str]:
        """Make what a failed job is missing."""
        return {"job": service.queue.resume(job_id).id}

    @router.post("/jobs/{job_id}/finish")
    def finish(job_id: str) -> dict[str, bool]:
        """Stop after the batch being made; where it is the only one, stop now."""
        if _view(service, job_id).batches > 1 and service.queue.stop_after_batch(job_id):
            return {"finishing": True}
        return interrupt(job_id)


def _add_files(router: APIRouter, service: GenerationService) -> None:
    @router.get("/jobs/{job_id}/pictures/{number}")
    def picture(job_id: str, number: int) -> Response:
        pictures = _files(_view(service, job_id).job)
        if not 0 <= number < len(pictures):
            raise HTTPException(404)
        path = pictures[number][1]
        if not path.is_file():
            raise HTTPException(404, "The file has been moved or deleted.")
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return FileResponse(path, media_type=kind, headers=NEVER_CHANGES)

    @router.post("/jobs/{job_id}/keep")
    def keep(job_id: str, question: KeepQuestion) -> dict[str, list[str]]:
        only_one = service.settings.current.saving.save_selected_only
        count = len(_view(service, job_id).job.pictures)
        numbers = [question.number] if only_one else range(count)
        return {"saved": [path.name for path in service.keep(job_id, numbers)]}

    @router.get("/jobs/{job_id}/zip")
    def archive(job_id: str) -> Response:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as pack:
            for _, path in _files(_view(service, job_id).job):
                if path.is_file():
                    pack.write(path, path.name)
        name = service.archive_name(job_id)
        return Response(buffer.getvalue(), media_type="application/zip",
                        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"})


def _view(service: GenerationService, job_id: str) -> JobView:
    try:
        return service.queue.monitor.view(job_id)
    except NotFoundError as error:
        raise HTTPException(404, error.message) from error


def _files(job: Job) -> list[tuple[PictureRecord, Path]]:
    return [(picture, picture.path) for picture in job.pictures if picture.path is not None]


class PictureAnswer(BaseModel):
    """A finished picture, for the gallery."""

    job: str
    number: int
    url: str
    name: str
    kind: str
    seed: int
    infotext: str


class JobAnswer(BaseModel):
    """A job as the page's scripts see it."""

    id: str
    state: str
    stage: str
    fraction: float
    step: int
    steps: int
    batch: int
    batches: int
    eta_s: float | None
    queue_position: int | None
    preview: int
    interrupted: bool
    seconds: float | None
    pictures: list[PictureAnswer]
    comments: list[str]
    error: dict[str, str] | None
    grid: str | None
    """Where its grid can be looked at, cell by cell."""

    @classmethod
    def of(cls, view: JobView, grid: str | None) -> JobAnswer:
        job = view.job
        return cls(
            id=job.id, state=job.state.value, stage=view.stage, fraction=view.fraction, step=view.step,
            steps=view.steps, batch=view.batch, batches=view.batches, eta_s=view.eta_s,
            queue_position=None if view.queue_position is None else view.queue_position - 1,
            preview=view.preview_version, interrupted=job.interrupted, seconds=_seconds(job),
            pictures=[_picture(job, number, picture, path) for number, (picture, path) in enumerate(_files(job))
                      if picture.kind != "unlisted"],
            comments=list(job.comments), error=_error(job), grid=grid)


def _picture(job: Job, number: int, picture: PictureRecord, path: Path) -> PictureAnswer:
    return PictureAnswer(job=job.id, number=number, url=f"internal/jobs/{job.id}/pictures/{number}", name=path.name,
                         kind=picture.kind, seed=picture.seed, infotext=picture.infotext)


def _seconds(job: Job) -> float | None:
    if job.started_s is None or job.finished_s is None:
        return None
    return job.finished_s - job.started_s


def _error(job: Job) -> dict[str, Any] | None:
    return {"message": job.error.message, "remedy": job.error.remedy} if job.error else None
