"""What our own routes take and give."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from modules.api.native.request_schema import request_schema
from modules.jobs.job import Job, PictureRecord
from modules.jobs.view import JobView

KEY_CHARACTERS = 200


class WebhookOrder(BaseModel):
    """Where to report the end of a job."""

    model_config = ConfigDict(extra="forbid")

    url: Annotated[str, Field(max_length=4096, examples=["https://example.com/finished"])]
    secret: Annotated[str, Field(max_length=500)] | None = Field(
        default=None, description="Signs the body: `X-Signature: sha256=<HMAC in hex>`.")


class JobOrder(BaseModel):
    """A job to be done."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [
        {"request": {"prompt": "a red house under a tree", "steps": 20, "seed": 1}, "idempotency_key": "order-17"}]})

    request: Annotated[dict[str, Any], WithJsonSchema(request_schema())]
    idempotency_key: Annotated[str, Field(min_length=1, max_length=KEY_CHARACTERS)] | None = Field(
        default=None, description="The same key again gives the job made first. Also as header Idempotency-Key.")
    webhook: WebhookOrder | None = None


class JobPicture(BaseModel):
    """A finished picture."""

    number: int = Field(description="its place among the job's pictures", examples=[0])
    kind: str = Field(description="image, grid, or what else a job shows", examples=["image"])
    seed: int
    infotext: str
    name: str | None = Field(description="its file's name")
    url: str = Field(description="where it is served", examples=["/jobs/x7Yc2nV0_kP4aQ1b/pictures/0"])
    base64: str | None = Field(default=None, description="the file itself, where that was asked for")


class JobError(BaseModel):
    """Why a job failed."""

    message: str
    remedy: str = ""
    kind: str = ""


class JobAnswer(BaseModel):
    """A job as it is now."""

    id: str = Field(examples=["x7Yc2nV0_kP4aQ1b"])
    kind: str = Field(description="what is made", examples=["generation"])
    title: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    stage: str = Field(description="a word for the person waiting", examples=["sampling"])
    fraction: float = Field(ge=0, le=1)
    step: int
    steps: int
    batch: int
    batches: int
    eta_s: float | None
    queue_position: int | None = Field(description="1 is next")
    preview: int = Field(description="changes with every new preview; 0: there is none")
    interrupted: bool = Field(description="somebody stopped it")
    created_s: float = Field(description="Unix time, like all times here")
    started_s: float | None
    finished_s: float | None
    pictures: list[JobPicture]
    comments: list[str] = Field(description="what was adjusted")
    error: JobError | None
    last_event: int = Field(description="number of its newest event")
    request: dict[str, Any] | None = Field(default=None, description="the request, every choice made")

    @classmethod
    def of(cls, view: JobView, *, with_request: bool = True) -> JobAnswer:
        job = view.job
        return cls(
            id=job.id, kind=job.kind, title=job.title, state=job.state.value, stage=view.stage,
            fraction=view.fraction, step=view.step, steps=view.steps, batch=view.batch, batches=view.batches,
            eta_s=view.eta_s, queue_position=view.queue_position, preview=view.preview_version,
            interrupted=job.interrupted, created_s=job.created_s, started_s=job.started_s,
            finished_s=job.finished_s, pictures=pictures_of(job), comments=list(job.comments),
            error=JobError(**vars(job.error)) if job.error else None, last_event=job.last_event,
            request=dict(job.request).get("request") if with_request else None)


class JobList(BaseModel):
    """Jobs, newest first."""

    jobs: list[JobAnswer]


class SteeringAnswer(BaseModel):
    """Whether the job was running, so that it could be told."""

    running: bool


class PictureAnswer(BaseModel):
    """A picture that was taken in."""

    id: str = Field(description="what a request names it by", examples=["0f3c" * 10])
    width: int
    height: int


def pictures_of(job: Job) -> list[JobPicture]:
    return [_describe(job, number, picture) for number, picture in enumerate(job.pictures)]


def _describe(job: Job, number: int, picture: PictureRecord) -> JobPicture:
    return JobPicture(number=number, kind=picture.kind, seed=picture.seed, infotext=picture.infotext,
                      name=picture.path.name if picture.path else None, url=f"/jobs/{job.id}/pictures/{number}")
