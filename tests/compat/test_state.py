"""``shared.state``: with a job and without one."""

from __future__ import annotations

import pytest
from PIL import Image


@pytest.fixture
def state(plugin_host):
    from modules.compat.state import State

    return State()


@pytest.fixture
def job(plugin_host):
    from modules.compat.current import CURRENT, RunningJob
    from modules.generation.run_context import RunContext

    emitted: list[object] = []
    running = RunningJob(RunContext(emitted.append), plugin_host.settings.current, scripted=True)
    with CURRENT.running(running):
        yield running, emitted


def test_an_extension_works_on_its_own(state):
    assert state.job_count == 0 and not state.interrupted
    state.begin()
    assert (state.job, state.job_count, state.job_no) == ("(unknown)", -1, 0)
    assert len(state.job_timestamp) == 14
    state.job_count, state.sampling_steps = 3, 20
    state.nextjob()
    state.interrupted = True
    state.xyz_plot_x = "mine"
    assert (state.job_no, state.interrupted, state.xyz_plot_x) == (1, True, "mine")
    state.end()
    assert (state.job, state.job_count, state.interrupted) == ("", 0, False)


def test_the_running_job_shows(state, job):
    running, _ = job
    running.sampling_step, running.sampling_steps = 3, 20
    assert (state.sampling_step, state.sampling_steps) == (3, 20)
    state.job_count = 4
    state.job = "mine"
    assert (running.job_count, running.job) == (4, "mine")
    assert state.dict()["job_count"] == 4 and state.time_start == running.started_s
    assert len(state.job_timestamp) == 14
    state.job_timestamp = "20240101000000"
    assert state.job_timestamp == "20240101000000"


@pytest.mark.parametrize(("order", "wish", "flag"), [
    ("interrupt", "interrupted", "interrupted"), ("skip", "skipped", "skipped"),
    ("stop_generating", "no_more_batches", "stopping_generation")])
def test_orders_reach_the_job(state, job, order, wish, flag):
    running, _ = job
    setattr(state, flag, False)
    assert not getattr(running.context.cancellation, wish)
    getattr(state, order)()
    assert getattr(running.context.cancellation, wish) and getattr(state, flag)


def test_a_picture_is_shown_as_preview(state, job):
    from modules.generation.events import Preview

    picture = Image.new("RGB", (8, 8))
    state.assign_current_image(picture)
    assert isinstance(job[1][0], Preview) and job[1][0].image is picture
    assert state.current_image is picture and state.id_live_preview == 1


def test_beginning_within_a_job_only_names_it(state, job):
    job[0].job_count = 5
    state.begin("nested")
    assert (state.job, state.job_count) == ("nested", 5)
    state.end()
    assert state.job_count == 5


def test_a_restart_can_only_be_asked_for(state):
    state.request_restart()
    assert state.need_restart and state.wait_for_server_command(0) == "restart"
