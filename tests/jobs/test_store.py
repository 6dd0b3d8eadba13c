from __future__ import annotations

import random
import sqlite3
import time
from pathlib import Path

import pytest

from modules.foundation.errors import ConfigurationError, NotFoundError, OutputError
from modules.jobs import database
from modules.jobs.job import Failure, JobState, PictureRecord
from modules.jobs.store import JobStore, new_job


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "jobs.sqlite3"


def add(store, **options):
    return store.add(new_job("txt2img", {"steps": 20}, client="anna", title="t"), options.get("key"))


def kill(store):
    """End as a killed process does: nothing is written, and the operating system frees the lock."""
    store._lock.release()


def reopen(store, path):
    kill(store)
    return JobStore(path)


def picture(index, path="/tmp/x.png", kind="image"):
    return PictureRecord(index, None if path is None else Path(path), f"info {index}", index, kind)


def test_a_job_reads_back_after_closing(path):
    store = JobStore(path)
    job = add(store)
    store.start(job.id)
    store.add_picture(job, picture(0))
    store.add_picture(job, picture(0, kind="grid"))
    store.add_picture(job, picture(1, None))
    store.add_comment(job, "hm")
    done = store.finish(job.id, JobState.FAILED, Failure("m", "r", "k"))
    store.close()
    store = JobStore(path)
    assert store.get(job.id) == done
    assert done.pictures == (picture(0), picture(0, kind="grid"), picture(1, None))
    assert done.saved.keys() == {0} and done.comments == ("hm",) and done.error == Failure("m", "r", "k")
    store.close()


def test_a_killed_job_goes_back_to_the_queue_with_its_pictures(path):
    store = JobStore(path)
    running, waiting = add(store), add(store)
    store.start(running.id)
    store.add_picture(running, picture(0))
    store = reopen(store, path)
    assert [job.id for job in store.unfinished()] == [running.id, waiting.id]
    job = store.get(running.id)
    assert (job.state, job.attempts, set(job.saved)) == (JobState.QUEUED, 1, {0})
    assert store.start(job.id).attempts == 2
    store.close()


def test_two_kills_without_a_picture_between_end_the_attempts(path):
    store = JobStore(path)
    job, waiting = add(store), add(store)
    for _ in range(2):
        assert store.get(job.id).state is JobState.QUEUED
        store.start(job.id)
        store = reopen(store, path)
    failed = store.get(job.id)
    assert failed.state is JobState.FAILED and "ended twice" in failed.error.message and failed.error.remedy
    assert [left.id for left in store.unfinished()] == [waiting.id]
    assert store.release(job.id).error is None
    store.start(job.id)
    store = reopen(store, path)
    assert store.get(job.id).state is JobState.QUEUED, "a person's new try counts afresh"
    store.close()


def test_kills_of_a_job_that_makes_headway_are_forgiven(path):
    store = JobStore(path)
    job = add(store)
    for index in range(5):
        store.start(job.id)
        store.add_picture(job, picture(index))
        store = reopen(store, path)
        assert store.get(job.id).state is JobState.QUEUED
    assert store.get(job.id).saved.keys() == set(range(5))
    store.close()


def test_a_picture_made_again_replaces_its_record(path):
    store = JobStore(path)
    job = add(store)
    job = store.add_picture(job, picture(0, "/old"))
    job = store.add_comment(job, "same")
    job = store.add_comment(job, "same")
    again = store.add_picture(job, picture(0, "/new"))
    assert again.pictures == (picture(0, "/new"),) and again.comments == ("same",)
    assert store.get(job.id) == again
    store.close()


def test_only_pictures_wait_for_the_disk(path):
    store = JobStore(path)
    statements = []
    store._database._connection.set_trace_callback(statements.append)
    job = add(store)
    store.add_comment(job, "x")
    assert not [statement for statement in statements if "FULL" in statement]
    store.add_picture(job, picture(0))
    assert [statement for statement in statements if "synchronous" in statement][-1].endswith("FULL")
    settings = {name: store._database.rows(f"PRAGMA {name}")[0][0]
                for name in ("journal_mode", "foreign_keys", "busy_timeout")}
    assert settings == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 5000}
    store.close()


def test_old_finished_jobs_are_forgotten_and_their_files_stay(path, tmp_path):
    store = JobStore(path, keep_finished=3)
    file = tmp_path / "picture.png"
    file.write_text("x")
    waiting = add(store)
    jobs = [add(store) for _ in range(6)]
    for job in jobs:
        store.add_picture(job, picture(0, str(file)))
        store.finish(job.id, JobState.DONE)
    assert [job.id for job in store.recent()] == [job.id for job in reversed(jobs[3:])] + [waiting.id]
    with pytest.raises(NotFoundError, match="not known") as caught:
        store.get(jobs[0].id)
    assert "last 3" in caught.value.remedy and file.exists()
    assert store._database.rows("SELECT COUNT(DISTINCT job) FROM events")[0][0] == 4
    store.close()


def test_a_clock_set_back_does_not_make_a_job_old(path, monkeypatch):
    store = JobStore(path, keep_finished=2)
    jobs = [add(store) for _ in range(5)]
    for hours, job in enumerate(jobs):
        monkeypatch.setattr(time, "time", lambda now=1e9 - 3600 * hours: now)
        assert store.finish(job.id, JobState.DONE).finished
    assert [job.id for job in store.recent()] == [jobs[4].id, jobs[3].id]
    store.close()


def test_a_second_process_is_refused(path):
    store = JobStore(path)
    with pytest.raises(ConfigurationError, match="in use by process"):
        JobStore(path)
    store.close()
    JobStore(path).close()


def test_a_file_locked_by_another_program_is_explained_and_kept(path, monkeypatch):
    JobStore(path).close()
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **options: connect(*a, **{**options, "timeout": 0.01}))
    other = connect(path, isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(ConfigurationError, match="locked"):
        JobStore(path)
    other.close()
    JobStore(path).close()


@pytest.mark.parametrize("content", [b"", b"not a database, but long enough to be one" * 50, b"SQLite format 3\0"])
def test_a_file_that_is_no_database_is_moved_aside(path, content, caplog):
    path.write_bytes(content)
    store = JobStore(path)
    assert store.recent() == []
    if content:
        assert store.set_aside.read_bytes() == content and store.set_aside.name in caplog.text
    else:
        assert store.set_aside is None
    store.close()


def test_a_file_from_a_newer_version_is_moved_aside(path):
    JobStore(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {len(database.MIGRATIONS) + 1}")
    connection.close()
    store = JobStore(path)
    assert store.set_aside.exists() and store.recent() == []
    store.close()


def test_a_migration_runs_once_and_keeps_the_jobs(path, monkeypatch):
    store = JobStore(path)
    job = add(store)
    store.close()
    monkeypatch.setattr(database, "MIGRATIONS", (*database.MIGRATIONS, ("ALTER TABLE jobs ADD COLUMN colour TEXT",)))
    for _ in range(2):
        store = JobStore(path)
        assert store.get(job.id).id == job.id
        assert store._database.rows("SELECT colour FROM jobs")[0][0] is None
        store.close()


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_file_never_stops_the_start(path, seed):
    """Flip bytes or cut the end at random: the store opens, lists jobs, and takes new ones."""
    rng = random.Random(seed)
    store = JobStore(path)
    for number in range(30):
        job = add(store, key=f"k{number}")
        store.add_picture(job, picture(number))
    (store.close if seed % 2 else lambda: kill(store))()
    content = bytearray(path.read_bytes())
    if seed % 4 < 2:
        for _ in range(rng.choice([1, 5, len(content) // 100])):
            content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    else:
        del content[rng.randrange(len(content)):]
    path.write_bytes(content)
    store = JobStore(path)
    assert len(store.recent()) <= 30
    job = add(store, key="fresh")
    store.add_picture(job, picture(0))
    assert store.get(job.id).saved.keys() == {0}
    store.close()


def test_a_single_unreadable_job_is_dropped(path, caplog):
    store = JobStore(path)
    good, bad = add(store), add(store)
    with store._database.transaction() as connection:
        connection.execute("UPDATE jobs SET request = CAST(x'7bff' AS TEXT) WHERE id = ?", (bad.id,))
    store.close()
    store = JobStore(path)
    assert [job.id for job in store.recent()] == [good.id] and "was removed from the list" in caplog.text
    store.close()


def test_a_full_disk_is_explained_and_nothing_is_half_written(path):
    store = JobStore(path)
    job = add(store)
    pages = store._database.rows("PRAGMA page_count")[0][0]
    store._database.rows(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(OutputError, match="full") as caught:
        for _ in range(100):
            job = store.add_comment(job, "x" * 2000 + str(job.last_event))
    assert str(path.parent) in caught.value.remedy and store.get(job.id) == job
    store._database.rows("PRAGMA max_page_count = 100000")
    assert store.add_picture(job, picture(0)).saved.keys() == {0}
    store.close()


def test_a_change_that_fails_leaves_nothing_behind(path):
    store = JobStore(path)
    job = add(store)
    with pytest.raises(RuntimeError), store._database.transaction() as connection:
        connection.execute("DELETE FROM jobs")
        raise RuntimeError
    assert store.get(job.id) == job
    store.close()
