"""The SQLite file behind the job store: opened safely, checked, migrated, and replaced when it is beyond repair."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from modules.foundation.errors import ConfigurationError, OutputError

logger = logging.getLogger(__name__)

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE jobs (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL,
            request TEXT NOT NULL,
            client TEXT NOT NULL,
            title TEXT NOT NULL,
            idempotency_key TEXT,
            state TEXT NOT NULL,
            created_s REAL NOT NULL,
            started_s REAL,
            finished_s REAL,
            attempts INTEGER NOT NULL DEFAULT 0,
            crashes INTEGER NOT NULL DEFAULT 0,
            interrupted INTEGER NOT NULL DEFAULT 0,
            error TEXT,
            finish_number INTEGER)""",
        "CREATE UNIQUE INDEX jobs_by_key ON jobs (client, idempotency_key) WHERE idempotency_key IS NOT NULL",
        "CREATE INDEX jobs_by_finish ON jobs (finish_number)",
        "CREATE INDEX jobs_by_client ON jobs (client, number)",
        """CREATE TABLE events (
            job INTEGER NOT NULL REFERENCES jobs (number) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            time_s REAL NOT NULL,
            kind TEXT NOT NULL,
            data TEXT NOT NULL,
            PRIMARY KEY (job, number)) WITHOUT ROWID""",
    ),
)
"""Statements that lead from schema version n to n + 1; the file's ``user_version`` says which have run."""

_SURROUNDINGS = ("locked", "locking", "unable to open", "readonly", "disk I/O", "is full")
"""Words of SQLite's messages that blame the disk or another program. (Error codes come only with Python 3.11.)"""


class _UnusableError(Exception):
    """The file is damaged or was written by a newer version."""


class Database:
    """One connection, shared by all threads and used by one at a time."""

    def __init__(self, path: Path) -> None:
        """Open or create the file and check all of it.

        Raises: ConfigurationError (folder not writable, file locked by another program).
        """
        self._path = path
        self._lock = threading.RLock()
        self.set_aside: Path | None = None
        """Where a damaged predecessor was put, if there was one."""
        try:
            self._connection = _open(path)
        except _UnusableError as error:
            self.set_aside = _move_aside(path)
            logger.warning("The job list %s cannot be used (%s). It was moved to %s and a new one was begun; "
                           "finished pictures are not affected.", path.name, error, self.set_aside.name)
            self._connection = _open(path)

    @contextlib.contextmanager
    def transaction(self, *, durable: bool = False) -> Iterator[sqlite3.Connection]:
        """Change something, all or nothing; ``durable`` waits until the disk has it (survives a power cut).

        Raises: OutputError (disk full, drive gone).
        """
        with self._lock, self._explained():
            connection = self._connection
            connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """Read. Raises: OutputError (drive gone, file damaged meanwhile)."""
        with self._lock, self._explained():
            return self._connection.execute(statement, values).fetchall()

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
            raise
        except sqlite3.DatabaseError as error:
            raise OutputError(f"The job list {self._path.name} cannot be used: {error}.",
                              remedy=f"Check that the drive of {self._path.parent} is there and has space.") from error


def _open(path: Path) -> sqlite3.Connection:
    connection = None
    try:
        connection = sqlite3.connect(path, timeout=5.0, isolation_level=None, check_same_thread=False)
        _configure(connection)
        _check_pages(connection)
        _migrate(connection)
        _check_schema(connection)
        return connection
    except (sqlite3.DatabaseError, UnicodeDecodeError, _UnusableError) as error:
        if connection is not None:
            connection.close()
        if isinstance(error, sqlite3.OperationalError) and any(words in str(error) for words in _SURROUNDINGS):
            raise ConfigurationError(f"The job list {path} cannot be opened: {error}.",
                                     remedy="Close other programs that use it and check that its folder is "
                                            "writable, or move the file away.") from error
        raise _UnusableError(str(error)) from error


def _configure(connection: sqlite3.Connection) -> None:
    connection.row_factory = sqlite3.Row
    connection.text_factory = _decode_leniently
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA foreign_keys = ON")


def _decode_leniently(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _check_pages(connection: sqlite3.Connection) -> None:
    verdict = connection.execute("PRAGMA integrity_check").fetchone()[0]
    if verdict != "ok":
        raise _UnusableError(verdict)


def _migrate(connection: sqlite3.Connection) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(MIGRATIONS):
        raise _UnusableError("it was written by a newer version of this program")
    for number, statements in enumerate(MIGRATIONS[version:], start=version + 1):
        connection.execute("BEGIN IMMEDIATE")
        for statement in statements:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")


def _check_schema(connection: sqlite3.Connection) -> None:
    """Compare with a fresh schema: SQLite's own check is content with a damaged column name."""
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh:
        _migrate(fresh)
        missing = _schema(fresh) - _schema(connection)
    if missing:
        raise _UnusableError("its tables are not as they should be")


def _schema(connection: sqlite3.Connection) -> set[tuple[str, str]]:
    return {(name, statement) for name, statement in connection.execute("SELECT name, sql FROM sqlite_master")}


def _move_aside(path: Path) -> Path:
    stamp = time.strftime("%Y%m%d-%H%M%S")
    target = path.with_name(f"{path.stem}.damaged-{stamp}{path.suffix}")
    try:
        for suffix in ("", "-wal", "-shm"):
            companion = path.with_name(path.name + suffix)
            if companion.exists():
                companion.replace(target.with_name(target.name + suffix))
    except OSError as error:
        raise ConfigurationError(f"The job list {path} is damaged and cannot be moved away: {error.strerror}.",
                                 remedy="Close other programs that use it, or delete it.") from error
    return target
