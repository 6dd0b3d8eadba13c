"""Works through the pictures of a plan and tells what happens.

Whatever is finished stays finished: a picture is announced only once its file is on the disk. One picture of many
that cannot be done is named and left out.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from PIL import Image

from modules.extras.bench import ExtrasBench
from modules.extras.delivery import RESULTS_PER_SOURCE, Delivery, Original
from modules.extras.operation import Operation, Tools
from modules.extras.picture import Picture
from modules.extras.plan import ExtrasPlan
from modules.extras.sources import Source
from modules.extras.upscaled_cache import fingerprint
from modules.foundation.errors import OutOfMemoryError, OutputError, WebUIError
from modules.generation.events import Comment, Progress
from modules.generation.run_context import RunContext
from modules.imaging.reading import open_image

UNITS = 1000
"""Into so many parts the work on one picture is divided, for the progress bar."""


class StoppedError(Exception):
    """Somebody wants no more of the picture in hand; nothing is wrong."""


def run_extras(plan: ExtrasPlan, bench: ExtrasBench, context: RunContext) -> None:
    """Do the work. Raises: WebUIError of whatever went wrong; finished pictures stay."""
    try:
        with torch.inference_mode():
            ExtrasRun(plan, bench, context).do_all()
    except torch.OutOfMemoryError as error:
        torch.cuda.empty_cache()
        raise OutOfMemoryError("The device ran out of memory.",
                               remedy="Choose a smaller tile size in Settings, under Upscaling.") from error


class ExtrasRun:
    """One pass through a plan."""

    def __init__(self, plan: ExtrasPlan, bench: ExtrasBench, context: RunContext) -> None:
        self._plan, self._bench, self._context = plan, bench, context
        self._delivery = Delivery(plan, bench.data_folder, context.job_id, context.finished, context.emit)
        self._tools = Tools(self._enlarge, self._restore_faces, bench.faces.find_faces, self._say)
        self._said: set[str] = set()
        self._number = 0
        self._step = 0
        self._done_units = 0

    def do_all(self) -> None:
        """Do every picture that is not done yet. Raises: WebUIError where none of them can be done."""
        for text in self._plan.comments:
            self._say(text)
        problem: WebUIError | None = None
        for number, source in enumerate(self._plan.sources):
            self._number = number
            if self._context.cancellation.no_more_batches:
                return
            if not self._is_done(number):
                self._context.cancellation.begin_batch()
                problem = self._try(source) or problem
        if problem is not None and not self._delivery.count:
            raise problem
        if self._plan.request.input_dir:
            made = self._delivery.count
            self._say(f"{made} picture{' is' if made == 1 else 's are'} in {self._plan.outputs.folder}.")

    def _is_done(self, number: int) -> bool:
        """Whether an earlier attempt finished a picture: its only result is there, or one of a later picture."""
        newest = max(self._context.finished, default=-1) // RESULTS_PER_SOURCE
        return number < newest or (number == newest and not any(one.gives_several for one in self._plan.operations))

    def _try(self, source: Source) -> WebUIError | None:
        """Do one picture; return why it cannot be done. Raises: OutputError, since the next would fail too."""
        try:
            image = open_image(source.path)
            self._delivery.deliver(self._number, Original.of(source, image), self._process(image))
        except StoppedError:
            return None
        except (OutputError, OutOfMemoryError):
            raise
        except WebUIError as error:
            if len(self._plan.sources) > 1:
                self._say(f"{source.name or f'Picture {self._number + 1}'} was left out: {error}")
            return error
        return None

    def _process(self, image: Image.Image) -> Sequence[Picture]:
        original = Picture(image)
        for operation in self._plan.operations:
            original = operation.prepare(original)
        pictures: list[Picture] = [original]
        for step, operation in enumerate(self._plan.operations):
            self._step = step
            self._report(operation.name)
            pictures = [made for picture in pictures for made in self._apply(operation, picture)]
        self._step = len(self._plan.operations)
        self._report("saving")
        return pictures

    def _apply(self, operation: Operation, picture: Picture) -> Sequence[Picture]:
        self._stop_if_asked()
        return [picture] if picture.finished else operation.process(picture, self._tools)

    def _enlarge(self, image: Image.Image, upscaler: str, scale: float) -> Image.Image:
        def make() -> Image.Image:
            made = self._bench.upscalers.upscale(
                image, upscaler, scale, self._plan.tiling, cancellation=self._context.cancellation,
                on_tile=lambda done, total: self._report("enlarging", done, total))
            self._stop_if_asked()  # it may be a stand-in
            return made

        self._report("enlarging")
        key = (fingerprint(image), upscaler, scale, self._plan.tiling)
        return self._bench.cache.get_or_make(key, self._plan.cached_pictures, make)

    def _restore_faces(self, image: Image.Image, restorer: str, weight: float) -> Image.Image:
        restored = self._bench.faces.restore(image, restorer, codeformer_weight=weight,
                                             cancellation=self._context.cancellation)
        self._stop_if_asked()
        return restored

    def _stop_if_asked(self) -> None:
        if self._context.cancellation.stop_now:
            raise StoppedError

    def _report(self, stage: str, tile: int = 0, tiles: int = 0) -> None:
        steps = max(len(self._plan.operations), 1)
        within = min((self._step + tile / max(tiles, 1)) / steps, 1)
        pictures = len(self._plan.sources)
        # an operation may go over a picture, or over its pieces, more than once
        self._done_units = max(self._done_units, int((self._number + within) * UNITS))
        self._context.emit(Progress(stage, tile, tiles, self._number, pictures, self._done_units, pictures * UNITS))

    def _say(self, text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            self._context.emit(Comment(text))
