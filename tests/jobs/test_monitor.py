from __future__ import annotations

import asyncio
import threading
import time

import pytest

from modules.foundation.errors import NotFoundError
from modules.jobs.job import JobEvent, JobState
from modules.jobs.view import JobView


async def gather(stream):
    return [item async for item in stream]


def test_waiting_in_an_event_loop(jobs):
    async def many():
        submitted = [jobs.submit("txt2img", {}, client=str(number % 3)) for number in range(30)]
        return await asyncio.gather(*(jobs.monitor.wait_async(job.id, 20) for job in submitted))

    assert [job.state for job in asyncio.run(many())] == [JobState.DONE] * 30
    assert not jobs._board.bells._callbacks


def test_a_wait_that_times_out_returns_the_job_as_it_is(jobs, runner):
    runner.gate.clear()
    job = jobs.submit("txt2img", {})
    begin = time.monotonic()
    assert not jobs.monitor.wait(job.id, 0.05).finished
    assert not asyncio.run(jobs.monitor.wait_async(job.id, 0.05)).finished
    assert time.monotonic() - begin < 2
    assert not jobs._board.bells._callbacks


def test_a_cancelled_waiter_leaves_the_job_alone(jobs, runner):
    runner.gate.clear()
    job = jobs.submit("txt2img", {})

    async def give_up():
        waiter = asyncio.create_task(jobs.monitor.wait_async(job.id))
        await asyncio.sleep(0.02)
        waiter.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiter

    asyncio.run(give_up())
    runner.gate.set()
    assert jobs.monitor.wait(job.id, 5).state is JobState.DONE


def test_the_loop_stays_free_while_it_waits(jobs, runner):
    runner.gate.clear()
    job = jobs.submit("txt2img", {})

    async def tick():
        waiter = asyncio.create_task(jobs.monitor.wait_async(job.id, 10))
        await asyncio.sleep(0.02)
        runner.gate.set()
        return await waiter

    assert asyncio.run(tick()).state is JobState.DONE


def test_history_is_numbered_and_replays_from_any_number(jobs):
    job = jobs.submit("txt2img", {"pictures": 2})
    done = jobs.monitor.wait(job.id, 5)
    history = jobs.monitor.events(job.id)
    assert [event.number for event in history] == list(range(1, len(history) + 1)) and done.last_event == len(history)
    words = [event.data.get("state") or event.data.get("infotext") or event.data["text"] for event in history]
    assert words == ["queued", "running", "info 0", "info 1", "that was all", "done"]
    for after in range(len(history) + 2):
        assert jobs.monitor.events(job.id, after) == history[after:]


def test_history_replays_after_a_restart_and_numbers_go_on(open_jobs, runner):
    jobs = open_jobs()
    job = jobs.submit("txt2img", {"pictures": 3}, listener=lambda event: runner.gate.clear()
                      if type(event).__name__ == "ImageFinished" else None)
    while not jobs.monitor.get(job.id).pictures:
        time.sleep(0.002)
    before = jobs.monitor.events(job.id)
    threading.Timer(0.05, runner.gate.set).start()
    jobs = open_jobs()
    jobs.monitor.wait(job.id, 5)
    history = jobs.monitor.events(job.id)
    assert history[:len(before)] == before
    assert [event.number for event in history] == list(range(1, len(history) + 1))
    assert [event.data["state"] for event in history if event.kind == "state"] == [
        "queued", "running", "queued", "running", "done"]
    assert [event.data["index"] for event in history if event.kind == "picture"] == [0, 1, 2]


def test_following_sees_everything_once_with_progress_between(jobs, runner):
    runner.gate.clear()
    job = jobs.submit("txt2img", {"pictures": 3, "steps": 5})
    threading.Timer(0.05, runner.gate.set).start()
    items = asyncio.run(gather(jobs.monitor.follow(job.id)))
    assert [item for item in items if isinstance(item, JobEvent)] == jobs.monitor.events(job.id)
    assert isinstance(items[-1], JobEvent) and items[-1].data["state"] == "done"
    fractions = [item.fraction for item in items if isinstance(item, JobView)]
    assert fractions and fractions == sorted(fractions)


def test_following_a_finished_job_replays_from_n(jobs):
    job = jobs.monitor.wait(jobs.submit("txt2img", {}).id, 5)
    items = asyncio.run(gather(jobs.monitor.follow(job.id, after=2)))
    assert items == jobs.monitor.events(job.id)[2:]


def test_followers_that_leave_early_leave_nothing_behind(jobs, runner):
    runner.gate.clear()
    job = jobs.submit("txt2img", {})

    async def glance():
        stream = jobs.monitor.follow(job.id)
        await stream.__anext__()
        await stream.aclose()

    asyncio.run(glance())
    assert not jobs._board.bells._callbacks


def test_following_ends_when_the_program_closes(open_jobs):
    jobs = open_jobs(start=False)
    job = jobs.submit("txt2img", {})

    async def follow():
        task = asyncio.create_task(gather(jobs.monitor.follow(job.id)))
        await asyncio.sleep(0.02)
        await asyncio.to_thread(jobs.close, 1)
        return await asyncio.wait_for(task, 5)

    assert isinstance(asyncio.run(follow())[-1], JobView)


def test_following_an_unknown_job_is_refused(jobs):
    with pytest.raises(NotFoundError):
        asyncio.run(gather(jobs.monitor.follow("nonsense")))
