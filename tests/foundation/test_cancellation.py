from __future__ import annotations

from modules.foundation.cancellation import Cancellation


def test_skip_belongs_to_one_batch():
    cancellation = Cancellation()
    cancellation.skip()
    assert cancellation.stop_now and not cancellation.no_more_batches
    cancellation.begin_batch()
    assert not cancellation.stop_now


def test_interrupt_is_for_good():
    cancellation = Cancellation()
    cancellation.interrupt()
    cancellation.begin_batch()
    assert cancellation.stop_now and cancellation.no_more_batches


def test_stop_after_batch_finishes_the_one_in_hand():
    cancellation = Cancellation()
    cancellation.stop_after_batch()
    assert not cancellation.stop_now and cancellation.no_more_batches
