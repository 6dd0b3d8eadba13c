"""Makes the pictures of a plan, batch by batch, and tells what happens.

How a batch is made is the business of its maker: from text, from a picture, or beyond a picture's edges.
Whatever is finished stays finished: a picture is announced only once its file is on the disk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import torch

from modules.generation.advice import advise
from modules.generation.delivery import Delivery
from modules.generation.events import Comment, Preview, Progress
from modules.generation.finishing import Finisher
from modules.generation.hooks import BatchDraft
from modules.generation.init_images import save_init_image
from modules.generation.memory_ladder import run_within_memory
from modules.generation.model_in_use import ModelInUse
from modules.generation.networks import ActiveNetworks
from modules.generation.outpainting import Outpaint, canvas_of, growth_steps
from modules.generation.painter import Painter
from modules.generation.picture_to_picture import PictureToPicture
from modules.generation.plan import GenerationPlan
from modules.generation.previews import approximate, render_preview
from modules.generation.progress import ProgressMeter
from modules.generation.prompt_plan import PlannedImage, group_by_networks
from modules.generation.record import RunFacts
from modules.generation.run_context import RunContext
from modules.generation.text_to_image import TextToImage
from modules.generation.workbench import Workbench
from modules.generation.workshop import Maker, Workshop
from modules.sampling.sample import StepReport

MOST_COMMENTS = 50


def run(plan: GenerationPlan, bench: Workbench, context: RunContext) -> None:
    """Make the pictures. Raises: WebUIError of whatever went wrong; finished pictures stay."""
    context.emit(Progress("loading", batches=plan.request.batch_count))
    plan = context.hooks.plan(plan)

    def run_once(context: RunContext) -> None:
        with torch.inference_mode(), Delivery(plan, bench.data_folder, context) as delivery:
            Run(plan, bench, context, delivery).make_all()

    run_within_memory(plan, bench, context, run_once)


class Run:
    """One pass through a plan."""

    def __init__(self, plan: GenerationPlan, bench: Workbench, context: RunContext, delivery: Delivery) -> None:
        self._plan = plan
        self._bench = bench
        self._context = context
        self._delivery = delivery
        self._started = datetime.now()
        self._said: set[str] = set()
        self._init_hash: str | None = None
        self._meter = ProgressMeter(context.emit, plan.request.batch_count, _pass_steps(plan, bench))
        self._model = ModelInUse(bench, tiling=plan.tiling, whole_up_to_px=plan.whole_up_to_px,
                                 on_change=context.hooks.model_ready)
        self._maker = _choose_maker(self._workshop())

    def make_all(self) -> None:
        """Make every batch that is not finished yet, then the grid."""
        self._say(self._plan.comments)
        for number, images in enumerate(self._plan.batches()):
            if self._context.cancellation.no_more_batches:
                break
            if all(image.index in self._context.finished for image in images):
                continue
            self._context.cancellation.begin_batch()
            self._meter.begin_batch(number)
            self._model.use(self._plan.checkpoint, self._plan.vae)
            self._say(advise(self._model.model.description, self._plan))
            batch = BatchDraft(number, list(images))
            self._context.hooks.begin_batch(batch)
            for alike in group_by_networks(batch.images):
                self._make(alike)
        self._delivery.deliver_grid(self._context.finished)

    def _make(self, images: Sequence[PlannedImage]) -> None:
        self._model.use(self._plan.checkpoint, self._plan.vae)
        self._meter.stage("encoding")
        sees_mask = self._model.sees_mask
        batch = self._maker.make(images)
        self._meter.end_pass()
        self._meter.stage("decoding")
        facts = self._facts(batch.infotext, sees_mask=sees_mask)
        whole = not self._context.cancellation.stop_now
        for finished in batch.finished:
            if finished.planned.index not in self._context.finished:
                self._delivery.deliver(finished, facts, whole=whole)
        self._meter.stage("saving")

    def _facts(self, told: Mapping[str, object], *, sees_mask: bool) -> RunFacts:
        hires, picture = self._plan.hires, self._plan.picture
        second = self._model.facts(hires.checkpoint, hires.vae) if hires and hires.checkpoint else None
        if picture is not None and self._plan.finishing.save_start and self._init_hash is None:
            self._init_hash = save_init_image(self._bench, picture.images[0], self._plan.outputs.init_images)
        return RunFacts(self._model.facts(self._plan.checkpoint, self._plan.vae), self._bench.version, told,
                        sees_mask, second, self._init_hash, self._started)

    def _workshop(self) -> Workshop:
        plan, cancellation, hooks = self._plan, self._context.cancellation, self._context.hooks
        networks = ActiveNetworks(self._bench.networks, self._bench.inversions)
        painter = Painter(plan, self._model, networks, self._context, say=self._say, on_step=self._on_step)
        covers = plan.picture is not None and plan.picture.mask is not None and not plan.picture.mask.lay_over
        return Workshop(plan, self._bench, self._model, painter,
                        Finisher(plan.finishing, self._bench, hooks, lay_over=not covers), self._meter, cancellation,
                        hooks, self._say)

    def _on_step(self, report: StepReport) -> None:
        step = report.step + 1
        self._delivery.announce()
        self._meter.step(step, report.steps)
        if self._plan.previews.due(step):
            image = render_preview(report.denoised, self._plan.previews, self._rough)
            self._context.emit(Preview(image, step))

    def _rough(self, latents: torch.Tensor) -> torch.Tensor:
        model = self._model.model
        if self._plan.previews.full:
            return model.decode(latents)
        return approximate(latents, model.description.latent.preview)

    def _say(self, comments: Sequence[str]) -> None:
        for text in comments:
            if text not in self._said and len(self._said) < MOST_COMMENTS:
                self._said.add(text)
                self._context.emit(Comment(text))


def _choose_maker(shop: Workshop) -> Maker:
    picture = shop.plan.picture
    if picture is None:
        return TextToImage(shop)
    if picture.outpainting is not None:
        return Outpaint(shop, picture, picture.outpainting)
    return PictureToPicture(shop, picture)


def _pass_steps(plan: GenerationPlan, bench: Workbench) -> list[int]:
    """Return the steps of every pass of a batch, for the progress."""
    steps, picture = plan.sampling.steps, plan.picture
    if plan.hires is not None:
        return [0 if plan.hires.first_picture else steps, plan.hires.sampling.steps]
    if picture is not None and picture.outpainting is not None:
        canvas = canvas_of(bench.picture_size(picture.images[0]), picture.outpainting)
        return [steps] * (len(growth_steps(canvas, plan.made_size)) + picture.outpainting.seam_pass)
    return [steps]
