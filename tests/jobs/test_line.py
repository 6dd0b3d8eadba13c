from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from modules.jobs.line import WaitingLine


def fill(arrivals: str) -> WaitingLine:
    line = WaitingLine()
    for number, client in enumerate(arrivals):
        line.push(f"{client}{number}", client)
    return line


def drain(line: WaitingLine) -> list[str]:
    jobs = []
    while (job := line.pop()) is not None:
        jobs.append(job)
    return jobs


def test_one_client_is_served_in_order():
    assert drain(fill("aaaa")) == ["a0", "a1", "a2", "a3"]


def test_clients_take_turns():
    assert drain(fill("aaaabbc")) == ["a0", "b4", "c6", "a1", "b5", "a2", "a3"]


def test_a_client_that_was_just_served_waits_for_the_others():
    line = fill("aaa")
    assert line.pop() == "a0"
    line.push("b0", "b")
    assert drain(line) == ["a1", "b0", "a2"]


def test_an_empty_line_has_no_first():
    line = WaitingLine()
    assert line.pop() is None and line.first() is None and len(line) == 0 and line.position("x") is None


@settings(deadline=None)
@given(st.text("abcd", max_size=30), st.integers(0, 10))
def test_positions_foretell_the_order(arrivals, served):
    line = fill(arrivals)
    for _ in range(served):
        line.pop()
    waiting = [f"{client}{number}" for number, client in enumerate(arrivals) if f"{client}{number}" in line]
    foretold = sorted(waiting, key=lambda job: line.position(job))
    assert line.first() == (foretold[0] if foretold else None)
    assert drain(line) == foretold


@settings(deadline=None)
@given(st.text("abc", min_size=1, max_size=30), st.data())
def test_removing_a_job_leaves_the_others_in_order(arrivals, data):
    victim = data.draw(st.sampled_from([f"{client}{number}" for number, client in enumerate(arrivals)]))
    line = fill(arrivals)
    line.remove(victim)
    assert victim not in line and len(line) == len(arrivals) - 1
    left = drain(line)
    for client in "abc":
        own = [job for job in left if job.startswith(client)]
        assert own == sorted(own, key=lambda job: int(job[1:]))
