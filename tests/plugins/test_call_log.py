"""What is remembered of plugins that fail."""

from __future__ import annotations

import logging

from modules.plugins.call_log import MOST_FAILURES, CallLog


def test_a_failure_that_comes_again_is_written_once_and_pushes_nothing_out(caplog):
    calls, told = CallLog(), []
    calls.listen(told.append)
    calls.note_failure("a", "loading", KeyError("first"))
    with caplog.at_level(logging.ERROR):
        for _ in range(MOST_FAILURES + 5):
            calls.note_failure("a", "before_component", RuntimeError("again"))
    assert [failure.hook for failure in calls.failures("a")] == ["loading", "before_component"]
    assert len(caplog.records) == 2 and len(told) == MOST_FAILURES + 6


def test_the_newest_failures_are_kept():
    calls = CallLog()
    for number in range(MOST_FAILURES + 1):
        calls.note_failure("a", "process", RuntimeError(str(number)))
    assert calls.failures("a")[0].error == "RuntimeError: 1"
