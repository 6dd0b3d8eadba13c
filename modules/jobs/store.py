"""Jobs on the disk: what was asked, how far it came, which pictures are finished."""

from __future__ import annotations

import json
import logging
import secrets
import sqlite3
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from modules.foundation.errors import NotFoundError
from modules.jobs.database import Database
from modules.jobs.job import Failure, Job, JobEvent, JobState, PictureRecord
from modules.jobs.lock import ProcessLock

logger = logging.getLogger(__name__)

CRASHES_BEFORE_FAILURE = 2
TITLE_LIMIT = 200


class JobStore:
    """The job list of one data folder, safe to use from any thread.

    A change that has returned survives a kill of the process; a finished picture survives a power cut.
    Every change of a job is also a JobEvent.

    Raises: OutputError from any method when the disk is full or gone.
    """

    def __init__(self, path: Path, *, keep_finished: int = 500) -> None:
        """Open the list in the file ``path`` and put jobs that a kill cut short back into the queue.

        Raises: ConfigurationError when another process uses it or its folder is not writable.
        """
        self._keep_finished = keep_finished
        self._lock = ProcessLock(path.with_suffix(".lock"))
        self._lock.acquire()
        try:
            self._database = Database(path)
            self._discard_unreadable()
            self._recover()
        except BaseException:
            self._lock.release()
            raise

    @property
    def set_aside(self) -> Path | None:
        """Where a damaged job list was moved when this one was begun in its place."""
        return self._database.set_aside

    def close(self) -> None:
        self._database.close()
        self._lock.release()

    def add(self, job: Job, idempotency_key: str | None) -> Job:
        """Write a new job down."""
        with self._database.transaction() as connection:
            cursor = connection.execute(
                "INSERT INTO jobs (id, kind, request, client, title, idempotency_key, state, created_s)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (job.id, job.kind, json.dumps(dict(job.request)), job.client, job.title,
                 None if idempotency_key is None else _storable(idempotency_key), JobState.QUEUED.value,
                 job.created_s))
            assert cursor.lastrowid is not None
            _append(connection, cursor.lastrowid, "state", _state_data(JobState.QUEUED))
            return self.get(job.id)

    def get(self, job_id: str) -> Job:
        """Raises: NotFoundError."""
        jobs = self._jobs("WHERE id = ?", (job_id,))
        if not jobs:
            raise NotFoundError("This job is not known (any more).",
                                remedy=f"Only the last {self._keep_finished} finished jobs are remembered; "
                                       "their pictures are still in the output folder.")
        return jobs[0]

    def find(self, client: str, idempotency_key: str) -> Job | None:
        """The job a client handed in under this key."""
        jobs = self._jobs("WHERE client = ? AND idempotency_key = ?", (_storable(client), _storable(idempotency_key)))
        return jobs[0] if jobs else None

    def recent(self, client: str | None = None, limit: int = 50) -> list[Job]:
        """The newest jobs, newest first; of everybody where no client is named."""
        if client is None:
            return self._jobs("ORDER BY number DESC LIMIT ?", (limit,))
        return self._jobs("WHERE client = ? ORDER BY number DESC LIMIT ?", (_storable(client), limit))

    def unfinished(self) -> list[Job]:
        """Jobs that are queued or running, oldest first."""
        return self._jobs("WHERE finish_number IS NULL ORDER BY number")

    def events(self, job_id: str, after: int = 0) -> list[JobEvent]:
        """A job's history from event number ``after`` + 1 on."""
        rows = self._database.rows(
            "SELECT events.number, time_s, events.kind, data FROM events JOIN jobs ON jobs.number = events.job"
            " WHERE jobs.id = ? AND events.number > ? ORDER BY events.number", (job_id, after))
        return [JobEvent(row["number"], row["time_s"], row["kind"], json.loads(row["data"])) for row in rows]

    def start(self, job_id: str) -> Job:
        """Note that an attempt begins."""
        return self._change(job_id, "started_s = COALESCE(started_s, ?), attempts = attempts + 1", (time.time(),),
                            state=JobState.RUNNING)

    def release(self, job_id: str) -> Job:
        """Put a running or failed job back into the queue, its finished pictures kept."""
        return self._change(job_id, "crashes = 0, error = NULL, finished_s = NULL, finish_number = NULL", (),
                            state=JobState.QUEUED)

    def finish(self, job_id: str, state: JobState, error: Failure | None = None, *, interrupted: bool = False) -> Job:
        """Write down how a job ended, and forget those that ended long ago."""
        text = None if error is None else json.dumps(vars(error))
        with self._database.transaction() as connection:
            newest = connection.execute("SELECT COALESCE(MAX(finish_number), 0) + 1 FROM jobs").fetchone()[0]
            connection.execute("DELETE FROM jobs WHERE finish_number <= ?", (newest - self._keep_finished,))
            connection.execute("UPDATE jobs SET state = ?, finished_s = ?, finish_number = ?, error = ?,"
                               " interrupted = ? WHERE id = ?",
                               (state.value, time.time(), newest, text, interrupted, job_id))
            _append(connection, _number(connection, job_id), "state", _state_data(state, error, interrupted))
            return self.get(job_id)

    def add_picture(self, job: Job, picture: PictureRecord) -> Job:
        """Acknowledge a finished picture; once this returns it is never made again nor forgotten."""
        with self._database.transaction(durable=True) as connection:
            _append(connection, _number(connection, job.id), "picture", picture.to_json())
            connection.execute("UPDATE jobs SET crashes = 0 WHERE id = ?", (job.id,))
        return job.with_picture(picture)

    def add_comment(self, job: Job, text: str) -> Job:
        with self._database.transaction() as connection:
            _append(connection, _number(connection, job.id), "comment", {"text": text})
        return job.with_comment(text)

    def _change(self, job_id: str, assignments: str, values: tuple[Any, ...], *, state: JobState) -> Job:
        with self._database.transaction() as connection:
            connection.execute(f"UPDATE jobs SET state = ?, {assignments} WHERE id = ?",
                               (state.value, *values, job_id))
            _append(connection, _number(connection, job_id), "state", _state_data(state))
            return self.get(job_id)

    def _jobs(self, condition: str, values: Sequence[Any] = ()) -> list[Job]:
        rows = self._database.rows(f"SELECT * FROM jobs {condition}", values)
        events: dict[int, list[sqlite3.Row]] = {row["number"]: [] for row in rows}
        found = self._database.rows(f"SELECT * FROM events WHERE job IN (SELECT number FROM jobs {condition})"
                                    " ORDER BY job, number", values)
        for event in found:
            if event["job"] in events:  # else a job that was added between the two reads
                events[event["job"]].append(event)
        return [_read_job(row, events[row["number"]]) for row in rows]

    def _recover(self) -> None:
        for row in self._database.rows("SELECT id, crashes FROM jobs WHERE state = ?", (JobState.RUNNING.value,)):
            crashes = row["crashes"] + 1
            if crashes < CRASHES_BEFORE_FAILURE:
                self._change(row["id"], "crashes = ?", (crashes,), state=JobState.QUEUED)
            else:
                self.finish(row["id"], JobState.FAILED, Failure(
                    "The program ended twice while making this, so it was not tried a third time.",
                    "Often the memory ran out: try a smaller size or batch. Finished pictures were kept."))

    def _discard_unreadable(self) -> None:
        """Drop single jobs whose text was damaged without the database noticing."""
        for row in self._database.rows("SELECT number FROM jobs"):
            try:
                self._jobs("WHERE number = ?", (row["number"],))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                logger.warning("Job %d cannot be read (%s) and was removed from the list.", row["number"], error)
                with self._database.transaction() as connection:
                    connection.execute("DELETE FROM jobs WHERE number = ?", (row["number"],))


def new_job(kind: str, request: Mapping[str, Any], *, client: str, title: str) -> Job:
    """A job nobody has written down yet, under an id that cannot be guessed."""
    return Job(id=secrets.token_urlsafe(12), kind=kind, request=request, client=_storable(client),
               title=_storable(title)[:TITLE_LIMIT], state=JobState.QUEUED, created_s=time.time())


def _storable(text: str) -> str:
    """Replace lone surrogates, which SQLite cannot store."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _append(connection: sqlite3.Connection, number: int, kind: str, data: Mapping[str, Any]) -> None:
    connection.execute(
        "INSERT INTO events (job, number, time_s, kind, data)"
        " SELECT ?, COALESCE(MAX(number), 0) + 1, ?, ?, ? FROM events WHERE job = ?",
        (number, time.time(), kind, json.dumps(data), number))


def _number(connection: sqlite3.Connection, job_id: str) -> int:
    return int(connection.execute("SELECT number FROM jobs WHERE id = ?", (job_id,)).fetchone()[0])


def _state_data(state: JobState, error: Failure | None = None, interrupted: bool = False) -> dict[str, Any]:
    return {"state": state.value, "interrupted": interrupted, "error": None if error is None else vars(error)}


def _read_job(row: sqlite3.Row, events: list[sqlite3.Row]) -> Job:
    data = [(event["kind"], json.loads(event["data"])) for event in events]
    records = [PictureRecord.from_json(entry) for kind, entry in data if kind == "picture"]
    latest = {(record.kind, record.index): record for record in records}
    comments = dict.fromkeys(entry["text"] for kind, entry in data if kind == "comment")
    return Job(
        id=row["id"], kind=row["kind"], request=json.loads(row["request"]), client=row["client"],
        title=row["title"], state=JobState(row["state"]), created_s=row["created_s"], started_s=row["started_s"],
        finished_s=row["finished_s"], attempts=row["attempts"], interrupted=bool(row["interrupted"]),
        error=None if row["error"] is None else Failure(**json.loads(row["error"])),
        pictures=tuple(latest.values()), comments=tuple(comments),
        last_event=events[-1]["number"] if events else 0)
