"""Running a plan in the memory there is.

Where the model itself runs out of memory it helps itself (``engine/economy.py``). What fails elsewhere, such as an
upscaler beside a large model, is tried again from the first picture that is not finished, with more memory free.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from modules.engine.economy import Economy, Step, attempt
from modules.foundation.errors import OutOfMemoryError
from modules.generation.events import Comment, Event, ImageFinished
from modules.generation.plan import GenerationPlan
from modules.generation.run_context import RunContext
from modules.generation.workbench import Workbench
from modules.hardware.memory import MEMORY_ERRORS, is_out_of_memory, release_memory

RunOnce = Callable[[RunContext], None]


def run_within_memory(plan: GenerationPlan, bench: Workbench, context: RunContext, run_once: RunOnce) -> None:
    """Make the pictures, doing without whatever memory does not suffice for; the next job starts as usual.

    Raises: OutOfMemoryError where nothing helped; finished pictures stay. And what ``run_once`` raises.
    """
    listener = _Listener(context)
    economy = Economy(lambda text: context.emit(Comment(text)), plan.memory.vae_formats)
    bench.models.retain(plan.memory.retention)
    try:
        with bench.models.economising(economy):
            attempt(lambda: run_once(listener.context()), _steps(bench, economy))
    except MEMORY_ERRORS as error:
        if isinstance(error, OutOfMemoryError) or not is_out_of_memory(error):
            raise
        release_memory()
        raise OutOfMemoryError(
            f"The device ran out of memory for {plan.request.batch_size} pictures of {plan.size} at a time.",
            remedy="Make them smaller or fewer at a time, or start with --medvram.") from error
    finally:
        if plan.memory.unload_faces:
            bench.faces.release()


def _steps(bench: Workbench, economy: Economy) -> Iterator[Step]:
    yield partial(_let_go, bench, economy)
    if (model := bench.models.current) is not None:
        yield from economy.offload_steps(model.turns)


def _let_go(bench: Workbench, economy: Economy) -> None:
    """Free what is only kept so that it need not be loaded again."""
    bench.models.unload_others()
    bench.upscalers.release()
    bench.faces.release()
    economy.say("Memory ran out: other models left memory, and the pictures that were missing were begun again.")


class _Listener:
    """Passes on what happens, and remembers what a further attempt need not do or say again."""

    def __init__(self, context: RunContext) -> None:
        self._context = context
        self._finished: dict[int, Path] = {}
        self._said: set[str] = set()

    def context(self) -> RunContext:
        """Return the context of the next attempt."""
        finished = {**self._context.finished, **self._finished}
        return replace(self._context, emit=self._hear, finished=finished)

    def _hear(self, event: Event) -> None:
        if isinstance(event, Comment):
            if event.text in self._said:
                return
            self._said.add(event.text)
        if isinstance(event, ImageFinished) and event.kind == "image" and event.path is not None:
            self._finished[event.index] = event.path
        self._context.emit(event)
