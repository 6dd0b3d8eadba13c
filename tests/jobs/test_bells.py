from __future__ import annotations

import asyncio

from modules.jobs.bells import Bells


def test_only_the_bell_of_that_job_rings():
    bells = Bells()
    with bells.thread_bell("a") as first, bells.thread_bell("a") as second, bells.thread_bell("b") as other:
        bells.ring("a")
        assert first.is_set() and second.is_set() and not other.is_set()
        bells.ring_all()
        assert other.is_set()


def test_nothing_is_left_when_nobody_listens():
    bells = Bells()
    with bells.thread_bell("a"):
        pass
    bells.ring("a")
    assert not bells._callbacks


def test_a_loop_that_closed_while_listening_is_no_trouble():
    bells = Bells()
    loop = asyncio.new_event_loop()

    async def listen():
        context = bells.async_bell("a")
        return context, context.__enter__()

    context, bell = loop.run_until_complete(listen())
    bells.ring("a")
    loop.run_until_complete(asyncio.wait_for(bell.wait(), 1))
    loop.close()
    bells.ring("a")
    context.__exit__(None, None, None)
