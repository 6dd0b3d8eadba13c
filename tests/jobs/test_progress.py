from __future__ import annotations

import pytest

from modules.generation.events import Progress
from modules.jobs.progress import ProgressMeter


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def run_steps(meter, clock, count, seconds, start=0, total=100):
    for step in range(start, start + count):
        meter.update(Progress("sampling", done_steps=step, total_steps=total))
        clock.now += seconds


def test_no_eta_before_two_steps():
    clock = Clock()
    meter = ProgressMeter(clock)
    assert meter.eta_s() is None and meter.progress.stage == "starting"
    run_steps(meter, clock, 1, 1.0)
    assert meter.eta_s() is None


def test_eta_follows_the_pace_and_counts_down():
    clock = Clock()
    meter = ProgressMeter(clock)
    run_steps(meter, clock, 11, 2.0)
    assert meter.eta_s() == pytest.approx((100 - 10) * 2.0 - 2.0)
    clock.now += 5
    assert meter.eta_s() == pytest.approx(173.0)
    clock.now += 1000
    assert meter.eta_s() == 0.0


def test_only_recent_steps_count():
    clock = Clock()
    meter = ProgressMeter(clock)
    run_steps(meter, clock, 10, 60.0, total=200)
    run_steps(meter, clock, 40, 1.0, start=10, total=200)
    assert meter.eta_s() == pytest.approx(200 - 49 - 1)


def test_a_change_of_stage_does_not_disturb_the_pace():
    clock = Clock()
    meter = ProgressMeter(clock)
    run_steps(meter, clock, 3, 1.0)
    meter.update(Progress("decoding", done_steps=2, total_steps=100))
    assert meter.progress.stage == "decoding"
    assert meter.eta_s() == pytest.approx(98)


def test_a_second_count_from_zero_starts_afresh():
    clock = Clock()
    meter = ProgressMeter(clock)
    run_steps(meter, clock, 10, 1.0)
    run_steps(meter, clock, 3, 4.0)
    assert meter.eta_s() == pytest.approx(98 * 4.0 - 4.0)
