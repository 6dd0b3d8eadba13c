from __future__ import annotations

import gc
import logging
import sqlite3
import threading
import time
import tracemalloc
import weakref

import pytest
from PIL import Image

from modules.foundation.errors import InvalidRequestError, NotFoundError, OutputError
from modules.generation.events import ImageFinished, Preview, Progress
from modules.jobs import executor as executor_module
from modules.jobs.errors import ClosingError, QueueFullError
from modules.jobs.executor import QueueLimits
from modules.jobs.job import JobState

LONG = {"pictures": 3, "steps": 4}


def until(condition, timeout_s=5.0):
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.002)


def held_at_first_step(jobs, runner, request=LONG, **options):
    """Submit a job and return once it waits at its first step."""
    runner.gate.clear()
    job = jobs.submit("txt2img", request, **options)
    until(lambda: jobs.monitor.view(job.id).preview_version == 1)
    return job


def test_a_job_runs_to_its_end(jobs):
    job = jobs.submit("txt2img", {"pictures": 2, "prompt": "a \ud800 house"}, client="anna", title="a house \ud800")
    assert job.state is JobState.QUEUED and len(job.id) >= 16
    done = jobs.monitor.wait(job.id, 5)
    assert done.state is JobState.DONE and not done.interrupted and done.attempts == 1
    assert [(picture.index, picture.seed, picture.infotext) for picture in done.pictures] == [
        (0, 100, "info 0"), (1, 101, "info 1")]
    assert all(picture.path.exists() for picture in done.pictures)
    assert done.comments == ("that was all",) and done.title == "a house ?"
    assert done.request == {"pictures": 2, "prompt": "a \ud800 house"}
    assert done.created_s <= done.started_s <= done.finished_s


def test_progress_preview_and_pictures_can_be_polled(jobs, runner):
    job = held_at_first_step(jobs, runner)
    view = jobs.monitor.view(job.id)
    assert (view.job.state, view.stage, view.step, view.steps, view.batches) == (
        JobState.RUNNING, "sampling", 0, 4, 3)
    assert jobs.monitor.preview(job.id).version == 1 and jobs.monitor.preview(job.id, 1) is None
    assert jobs.monitor.current().job.id == job.id
    runner.gate.set()
    jobs.monitor.wait(job.id, 5)
    view = jobs.monitor.view(job.id)
    assert (view.stage, view.fraction, view.preview_version, len(view.job.pictures)) == ("done", 1.0, 0, 3)
    assert jobs.monitor.preview(job.id) is None and jobs.monitor.current() is None


def test_waiting_jobs_know_their_place(jobs, runner):
    held_at_first_step(jobs, runner, client="a")
    second, third = (jobs.submit("txt2img", LONG, client="a") for _ in range(2))
    other = jobs.submit("txt2img", LONG, client="b")
    places = [jobs.monitor.view(job.id).queue_position for job in (second, third, other)]
    assert places == [1, 3, 2]
    view = jobs.monitor.view(third.id)
    assert (view.stage, view.queue_length, view.fraction) == ("waiting", 3, 0.0)


def test_clients_take_turns(jobs, runner):
    held_at_first_step(jobs, runner, client="flood", title="f")
    flood = [jobs.submit("txt2img", {}, client="flood", title=f"f{number}") for number in range(20)]
    jobs.submit("txt2img", {}, client="b", title="b0")
    jobs.submit("txt2img", {}, client="c", title="c0")
    runner.gate.set()
    jobs.monitor.wait(flood[-1].id, 5)
    assert runner.order[:5] == ["f", "f0", "b0", "c0", "f1"]


def test_listing(jobs, runner):
    first = held_at_first_step(jobs, runner, client="a")
    second = jobs.submit("txt2img", {}, client="b")
    third = jobs.submit("txt2img", {}, client="a")
    assert [job.id for job in jobs.monitor.recent()] == [third.id, second.id, first.id]
    assert [job.id for job in jobs.monitor.recent("a", 1)] == [third.id]
    assert jobs.monitor.latest("b").id == second.id and jobs.monitor.latest("nobody") is None
    assert [job.id for job in jobs.monitor.unfinished("a")] == [first.id, third.id]


@pytest.mark.parametrize("ask", ["get", "view", "events", "wait"])
def test_unknown_jobs_are_not_found(jobs, ask):
    with pytest.raises(NotFoundError):
        getattr(jobs.monitor, ask)("nonsense")
    with pytest.raises(NotFoundError):
        jobs.cancel("nonsense")
    assert not jobs.interrupt("nonsense")


def test_a_repeated_key_returns_the_first_job(jobs, runner):
    job = held_at_first_step(jobs, runner, client="a", idempotency_key="k")
    again = jobs.submit("txt2img", {"seed": 5}, client="a", idempotency_key="k")
    assert again.id == job.id and again.request == LONG
    assert jobs.submit("txt2img", {}, client="b", idempotency_key="k").id != job.id
    assert jobs.monitor.find("a", "k").id == job.id and jobs.monitor.find("a", "j") is None


def test_a_repeated_key_is_answered_even_when_the_queue_is_full(open_jobs, runner):
    jobs = open_jobs(start=False, limits=QueueLimits(total=1))
    job = jobs.submit("txt2img", {}, idempotency_key="k")
    assert jobs.submit("txt2img", {}, idempotency_key="k").id == job.id


def test_limits_refuse_with_a_time_to_retry(open_jobs):
    jobs = open_jobs(start=False, limits=QueueLimits(total=5, per_client=3))
    for _ in range(3):
        jobs.submit("txt2img", {}, client="a")
    with pytest.raises(QueueFullError, match="3 of your jobs") as caught:
        jobs.submit("txt2img", {}, client="a")
    assert caught.value.retry_after_s >= 1 and str(caught.value.retry_after_s) in caught.value.remedy
    for _ in range(2):
        jobs.submit("txt2img", {}, client="b")
    with pytest.raises(QueueFullError, match="5 jobs are waiting"):
        jobs.submit("txt2img", {}, client="c")


def test_a_request_that_is_not_json_is_refused_at_once(jobs):
    with pytest.raises(TypeError):
        jobs.submit("txt2img", {"image": object()})
    assert jobs.monitor.recent() == []


def test_interrupt_keeps_what_is_finished(jobs, runner):
    def stop_in_second(event):
        if isinstance(event, Progress) and (event.batch, event.step) == (1, 2):
            jobs.interrupt()

    job = jobs.submit("txt2img", LONG, listener=stop_in_second)
    done = jobs.monitor.wait(job.id, 5)
    assert (done.state, done.interrupted) == (JobState.DONE, True)
    assert [picture.index for picture in done.pictures] == [0] and done.pictures[0].path.exists()


def test_interrupt_before_the_first_picture_cancels(jobs, runner):
    job = held_at_first_step(jobs, runner)
    assert jobs.interrupt() and jobs.monitor.view(job.id).interrupting
    runner.gate.set()
    done = jobs.monitor.wait(job.id, 5)
    assert (done.state, done.interrupted, done.pictures) == (JobState.CANCELLED, True, ())


def test_stop_after_batch_finishes_the_batch(jobs, runner):
    job = held_at_first_step(jobs, runner)
    assert jobs.stop_after_batch(job.id) and jobs.monitor.view(job.id).stopping_after_batch
    runner.gate.set()
    done = jobs.monitor.wait(job.id, 5)
    assert (done.state, done.interrupted, len(done.pictures)) == (JobState.DONE, True, 1)


def test_skip_leaves_out_one_picture(jobs, runner):
    job = held_at_first_step(jobs, runner)
    assert jobs.skip(job.id) and jobs.monitor.view(job.id).skipping
    runner.gate.set()
    done = jobs.monitor.wait(job.id, 5)
    assert (done.state, done.interrupted) == (JobState.DONE, False)
    assert [picture.index for picture in done.pictures] == [1, 2]


def test_only_the_named_job_is_interrupted(jobs, runner):
    held_at_first_step(jobs, runner)
    waiting = jobs.submit("txt2img", {})
    assert not jobs.interrupt(waiting.id) and not jobs.skip(waiting.id) and not jobs.stop_after_batch(waiting.id)
    assert not jobs.monitor.current().interrupting


def test_cancelling(jobs, runner):
    running = held_at_first_step(jobs, runner)
    waiting = jobs.submit("txt2img", {}, title="never")
    assert jobs.cancel(waiting.id).state is JobState.CANCELLED
    assert jobs.cancel(running.id).state is JobState.RUNNING
    runner.gate.set()
    assert jobs.monitor.wait(running.id, 5).state is JobState.CANCELLED
    assert jobs.cancel(running.id).state is JobState.CANCELLED
    assert "never" not in runner.order


def test_an_error_with_a_remedy_reaches_the_person(jobs, runner):
    runner.errors["disk"] = OutputError("The disk is full.", remedy="Free some space.")
    job = jobs.submit("txt2img", {"pictures": 3, "raise": "disk", "at": 1})
    failed = jobs.monitor.wait(job.id, 5)
    assert failed.state is JobState.FAILED and len(failed.pictures) == 1
    assert (failed.error.message, failed.error.remedy, failed.error.kind) == (
        "The disk is full.", "Free some space.", "OutputError")


@pytest.mark.parametrize("error", [RuntimeError("secret /home/anna"), SystemExit(3), MemoryError(), RecursionError()])
def test_any_other_error_is_logged_with_the_job_and_the_queue_goes_on(jobs, runner, caplog, error):
    runner.errors["bug"] = error
    with caplog.at_level(logging.ERROR):
        failed = jobs.monitor.wait(jobs.submit("txt2img", {"raise": "bug"}).id, 5)
    assert failed.state is JobState.FAILED and "secret" not in failed.error.message + failed.error.remedy
    logged = caplog.records[-1].getMessage()
    assert failed.id in logged and "Traceback" in logged and type(error).__name__ in logged
    incident = failed.error.message.split("error ")[1].split(")")[0]
    assert incident in logged
    assert jobs.monitor.wait(jobs.submit("txt2img", {}).id, 5).state is JobState.DONE


def test_a_failed_job_can_be_tried_again_and_makes_only_what_is_missing(jobs, runner):
    runner.errors["disk"] = OutputError("The disk is full.")
    job = jobs.submit("txt2img", {"pictures": 3, "raise": "disk", "at": 1})
    jobs.monitor.wait(job.id, 5)
    runner.errors["disk"] = OutputError("The disk is full again.")
    assert jobs.resume(job.id).error is None
    assert jobs.monitor.wait(job.id, 5).error.message == "The disk is full again."
    assert runner.made == [(job.id, 0)]


def test_only_held_and_failed_jobs_can_be_resumed(jobs):
    done = jobs.monitor.wait(jobs.submit("txt2img", {}).id, 5)
    with pytest.raises(InvalidRequestError, match="is done"):
        jobs.resume(done.id)


def test_a_listener_hears_everything_pixels_included(jobs):
    heard = []
    job = jobs.submit("txt2img", {"steps": 2}, listener=heard.append)
    jobs.monitor.wait(job.id, 5)
    assert [type(event).__name__ for event in heard] == [
        "Progress", "Preview", "Progress", "Preview", "ImageFinished", "Comment"]
    assert not jobs._listeners


def test_a_picture_without_a_file_is_no_reason_not_to_make_it_again(open_jobs):
    jobs = open_jobs(own_runner=lambda job, cancellation, emit: emit(ImageFinished(0, "i", 1, None)))
    done = jobs.monitor.wait(jobs.submit("txt2img", {}).id, 5)
    assert done.pictures[0].path is None and done.saved == {}


def test_close_keeps_the_running_job_and_the_queue(open_jobs, runner):
    jobs = open_jobs()
    job = held_at_first_step(jobs, runner)
    waiting = jobs.submit("txt2img", {}, title="later")
    threading.Timer(0.05, runner.gate.set).start()
    jobs.close(5)
    with pytest.raises(ClosingError):
        jobs.submit("txt2img", {})
    assert jobs.monitor.get(job.id).state is JobState.QUEUED
    assert jobs.monitor.wait(waiting.id).state is JobState.QUEUED, "waiting for a job that will not move must end"
    jobs = open_jobs()
    done = jobs.monitor.wait(job.id, 5)
    assert (done.state, done.attempts, len(done.pictures)) == (JobState.DONE, 2, 3)
    assert jobs.monitor.wait(waiting.id, 5).state is JobState.DONE


def test_a_half_sampled_picture_yielded_while_closing_is_not_believed(open_jobs, runner, tmp_path):
    def partial(job, cancellation, emit):
        emit(Progress("sampling"))
        runner.started.set()
        runner.gate.wait(10)
        emit(ImageFinished(0, "half", 1, tmp_path / "half.png", whole=False))

    jobs = open_jobs(own_runner=partial)
    runner.gate.clear()
    job = jobs.submit("txt2img", {})
    runner.started.wait(5)
    threading.Timer(0.05, runner.gate.set).start()
    jobs.close(5)
    assert jobs.monitor.get(job.id).pictures == ()


def test_a_failure_while_closing_is_tried_again(open_jobs, runner):
    def fails_when_stopped(job, cancellation, emit):
        emit(Progress("sampling"))
        runner.started.set()
        while not cancellation.stop_now:
            time.sleep(0.002)
        raise RuntimeError("cannot schedule new futures after shutdown")

    jobs = open_jobs(own_runner=fails_when_stopped)
    job = jobs.submit("txt2img", {})
    runner.started.wait(5)
    jobs.close(5)
    assert jobs.monitor.get(job.id).state is JobState.QUEUED


def test_a_step_that_takes_too_long_is_left_behind(open_jobs, runner):
    jobs = open_jobs()
    job = held_at_first_step(jobs, runner)
    begin = time.monotonic()
    jobs.close(0.1)
    assert time.monotonic() - begin < 2
    left = jobs.monitor.get(job.id)
    assert left.state is JobState.QUEUED
    runner.gate.set()
    jobs._thread.join(5)
    assert jobs.monitor.get(job.id) == left


def test_jobs_a_person_stopped_do_not_come_back_after_close(open_jobs, runner):
    jobs = open_jobs()
    job = held_at_first_step(jobs, runner)
    jobs.interrupt()
    jobs.close(0.1)
    runner.gate.set()
    jobs._thread.join(5)
    assert jobs.monitor.get(job.id).state is JobState.CANCELLED


def test_closing_twice_still_keeps_the_running_job(open_jobs, runner):
    jobs = open_jobs()
    job = held_at_first_step(jobs, runner)
    other = threading.Thread(target=jobs.close, args=(5,))
    other.start()
    until(lambda: jobs.monitor.view(job.id).interrupting)
    threading.Timer(0.05, runner.gate.set).start()
    jobs.close(5)
    other.join(5)
    assert jobs.monitor.get(job.id).state is JobState.QUEUED


def test_closing_on_a_full_disk_does_not_raise(open_jobs, runner, monkeypatch):
    def full(*arguments, **options):
        raise OutputError("The job list cannot be used: database or disk is full.")

    jobs = open_jobs()
    job = held_at_first_step(jobs, runner, {"pictures": 1})
    monkeypatch.setattr(jobs._store, "_change", full)
    runner.gate.set()
    until(lambda: jobs.monitor.get(job.id).pictures)
    jobs.close(0.2)
    monkeypatch.undo()
    done = open_jobs().monitor.wait(job.id, 5)
    assert (done.state, len(runner.made)) == (JobState.DONE, 1)


def test_without_resume_jobs_are_held_until_asked(open_jobs, runner):
    jobs = open_jobs(start=False)
    first, second = (jobs.submit("txt2img", {}, client="a") for _ in range(2))
    jobs = open_jobs(resume=False)
    new = jobs.submit("txt2img", {})
    assert jobs.monitor.wait(new.id, 5).state is JobState.DONE
    assert jobs.monitor.view(first.id).stage == "held"
    assert [job.id for job in jobs.monitor.unfinished("a")] == [first.id, second.id]
    jobs.resume(first.id)
    assert jobs.monitor.wait(first.id, 5).state is JobState.DONE
    assert jobs.cancel(second.id).state is JobState.CANCELLED
    assert jobs.monitor.unfinished() == []


def test_a_full_disk_pauses_the_queue_until_there_is_space(jobs, runner, monkeypatch, caplog):
    monkeypatch.setattr(executor_module, "FULL_DISK_PAUSE_S", 0.02)
    failures = 3

    def full(*arguments, **options):
        nonlocal failures
        if failures:
            failures -= 1
            raise OutputError("The job list cannot be used: database or disk is full.")
        return finish(*arguments, **options)

    finish = jobs._store.finish
    monkeypatch.setattr(jobs._store, "finish", full)
    job = jobs.submit("txt2img", {})
    assert jobs.monitor.wait(job.id, 5).state is JobState.DONE
    assert "queue waits" in caplog.text and not failures


def test_a_picture_that_cannot_be_acknowledged_fails_the_job(jobs, monkeypatch):
    def full(*arguments):
        raise OutputError("The job list cannot be used: disk I/O error.", remedy="Check the drive.")

    monkeypatch.setattr(jobs._store, "add_picture", full)
    failed = jobs.monitor.wait(jobs.submit("txt2img", {}).id, 5)
    assert failed.state is JobState.FAILED and failed.error.kind == "OutputError"


def test_a_database_error_becomes_an_output_error(jobs, monkeypatch):
    monkeypatch.setattr(jobs._store._database, "_connection", sqlite3.connect(":memory:"))
    with pytest.raises(OutputError, match=r"jobs\.sqlite3"):
        jobs.submit("txt2img", {})


def test_nothing_of_a_finished_job_stays_in_memory(open_jobs):
    pictures = []

    def draw(job, cancellation, emit):
        image = Image.new("RGB", (64, 64))
        pictures.append(weakref.ref(image))
        emit(Preview(image, 0))
        emit(ImageFinished(0, "i", 1, None, image))
        if job.request:
            raise RuntimeError("after the picture")

    jobs = open_jobs(own_runner=draw)
    for request in ({}, {"fail": True}):
        jobs.monitor.wait(jobs.submit("txt2img", request, listener=lambda event: None).id, 5)
    until(lambda: gc.collect() is not None and [picture() for picture in pictures] == [None, None])


def test_memory_stays_flat_over_many_jobs(jobs):
    def run(count):
        submitted = [jobs.submit("txt2img", {"steps": 1}, title=str(number)) for number in range(count)]
        jobs.monitor.wait(submitted[-1].id, 30)

    run(100)
    tracemalloc.start()
    try:
        run(50)
        before = tracemalloc.get_traced_memory()[0]
        run(150)
        growth = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert growth < 100_000


def test_200_at_once_are_all_answered_in_order(jobs, runner):
    answers = {}

    def client(number):
        job = jobs.submit("txt2img", {"steps": 1}, client=f"client{number}", title=str(number))
        answers[number] = jobs.monitor.wait(job.id, 60)

    threads = [threading.Thread(target=client, args=(number,)) for number in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == 200
    assert all(answer.state is JobState.DONE and answer.pictures[0].path.stem.startswith(answer.id)
               and answer.title == str(number) for number, answer in answers.items())
    handed_in = [job.title for job in reversed(jobs.monitor.recent(limit=200))]
    assert runner.order == handed_in
    assert not jobs._board.bells._callbacks and not jobs._listeners and len(jobs._board.line) == 0
