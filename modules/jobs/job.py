"""A job and what is known about it: frozen values, safe to hand to any thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any, Literal

from modules.foundation.errors import WebUIError
from modules.generation.events import ImageFinished


class JobState(str, Enum):
    """Where a job is in its life; a value is the word that goes into JSON."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def finished(self) -> bool:
        return self not in (JobState.QUEUED, JobState.RUNNING)


OWN_KINDS = ("image", "unlisted")
"""Kinds of pictures that a job is for; the others are made beside them."""


@dataclass(frozen=True)
class PictureRecord:
    """A picture the job has finished. Without a ``path`` it was handed to a listener and not kept."""

    index: int
    path: Path | None
    infotext: str
    seed: int
    kind: str = "image"

    @classmethod
    def from_event(cls, event: ImageFinished) -> PictureRecord:
        return cls(event.index, event.path, event.infotext, event.seed, event.kind)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> PictureRecord:
        path = None if data["path"] is None else Path(data["path"])
        return cls(data["index"], path, data["infotext"], data["seed"], data["kind"])

    def to_json(self) -> dict[str, Any]:
        path = None if self.path is None else str(self.path)
        return {"index": self.index, "path": path, "infotext": self.infotext, "seed": self.seed, "kind": self.kind}


@dataclass(frozen=True)
class Failure:
    """Why a job failed, for a person; ``kind`` is the name of the error's class."""

    message: str
    remedy: str = ""
    kind: str = ""

    @classmethod
    def from_error(cls, error: WebUIError) -> Failure:
        return cls(error.message, error.remedy, type(error).__name__)


@dataclass(frozen=True)
class Job:
    """One generation, as it was when somebody looked.

    A job that a person stopped is DONE with ``interrupted`` set where pictures were finished before,
    and CANCELLED where none were. A FAILED job keeps its finished pictures too.
    """

    id: str
    kind: str
    """What the runner shall do, ``generation`` or ``extras``."""
    request: Mapping[str, Any]
    """Everything the runner needs, as JSON. Seeds are resolved, so that a second attempt makes the same pictures."""
    client: str
    """Who handed it in; clients take turns."""
    title: str
    state: JobState
    created_s: float
    """Units: Unix time, like all times here."""
    started_s: float | None = None
    """When the first attempt began."""
    finished_s: float | None = None
    attempts: int = 0
    """How often it has been started."""
    interrupted: bool = False
    error: Failure | None = None
    pictures: tuple[PictureRecord, ...] = ()
    comments: tuple[str, ...] = ()
    last_event: int = 0
    """Number of the newest JobEvent."""

    @property
    def finished(self) -> bool:
        return self.state.finished

    def with_picture(self, picture: PictureRecord) -> Job:
        """Return the job with one more event, a picture; it takes the place of one of its kind and number."""
        made = (picture.kind, picture.index)
        numbers = [number for number, one in enumerate(self.pictures) if (one.kind, one.index) == made]
        at = numbers[0] if numbers else len(self.pictures)
        return replace(self, pictures=(*self.pictures[:at], picture, *self.pictures[at + 1:]),
                       last_event=self.last_event + 1)

    def with_comment(self, text: str) -> Job:
        """Return the job with one more event, a comment; nothing is said twice."""
        comments = self.comments if text in self.comments else (*self.comments, text)
        return replace(self, comments=comments, last_event=self.last_event + 1)

    @property
    def saved(self) -> dict[int, Path]:
        """The files on the disk by the number of their picture: a resumed run need not make them again."""
        return {picture.index: picture.path for picture in self.pictures
                if picture.kind in OWN_KINDS and picture.path is not None}


@dataclass(frozen=True)
class JobEvent:
    """A durable line of a job's history. Numbers start at 1, have no gaps and outlive a restart.

    ``data`` holds for ``state``: ``state``, ``interrupted`` and ``error``; for ``picture``: a PictureRecord;
    for ``comment``: ``text``. Progress is no history: whoever attaches late needs only the newest (JobView).
    """

    number: int
    time_s: float
    kind: Literal["state", "picture", "comment"]
    data: Mapping[str, Any]
