"""A job's history and progress as server-sent events.

Events of the history have an id and can be asked for again from any number; progress has none, because only the
newest counts.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from anyio.to_thread import run_sync

from modules.api.native.job_models import JobAnswer, pictures_of
from modules.jobs.job import Job, JobEvent
from modules.jobs.monitor import JobMonitor

MEDIA_TYPE = "text/event-stream"
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
Made = tuple[str, int]
"""Kind and number of a picture."""
_PROGRESS = ("stage", "fraction", "step", "steps", "batch", "batches", "eta_s", "queue_position", "preview")


async def stream_events(monitor: JobMonitor, job_id: str, after: int) -> AsyncIterator[bytes]:
    """Yield the history after event ``after``, what happens from now on, and progress between; ends with the job."""
    yield b"retry: 2000\n\n"
    known, served = 0, dict[Made, Any]()
    async for item in monitor.follow(job_id, after):
        if isinstance(item, JobEvent):
            if item.kind == "picture" and item.number > known:
                job = await run_sync(monitor.get, job_id)
                known, served = job.last_event, _served(job)
            yield _encode(item.kind, _event_data(item, served), item.number)
        else:
            answer = JobAnswer.of(item, with_request=False)
            yield _encode("progress", answer.model_dump(include=set(_PROGRESS)))


def _served(job: Job) -> dict[Made, Any]:
    """Return what is told of a job's pictures: where they are served, not where they lie."""
    return {(record.kind, record.index): one.model_dump(exclude={"base64"})
            for one, record in zip(pictures_of(job), job.pictures)}


def _event_data(event: JobEvent, served: Mapping[Made, Any]) -> dict[str, Any]:
    """Return an event's content."""
    data = dict(event.data)
    if event.kind == "picture":
        data = served.get((data["kind"], data["index"]), {key: data[key] for key in data if key != "path"})
    return {"event": event.number, "time_s": event.time_s, **data}


def _encode(kind: str, data: Mapping[str, Any], number: int | None = None) -> bytes:
    head = "" if number is None else f"id: {number}\n"
    return f"{head}event: {kind}\ndata: {json.dumps(data)}\n\n".encode("ascii")
