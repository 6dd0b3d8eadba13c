"""Makes the pictures of a plan, batch by batch, and tells what happens.

Each batch goes through the same stages: encode the prompts, sample, decode, save. Whatever is finished stays
finished: a picture is announced only once its file is on the disk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from PIL import Image

from modules.engine.soundness import require_finite
from modules.foundation.cancellation import Cancellation
from modules.foundation.errors import OutOfMemoryError
from modules.generation.conditioning import BatchConditioning, condition_batch
from modules.generation.delivery import Delivery
from modules.generation.events import Comment, Emit, Preview, Progress
from modules.generation.plan import GenerationPlan, PlannedImage
from modules.generation.previews import approximate, render_preview, to_image
from modules.generation.record import ModelFacts, RunFacts
from modules.generation.workbench import Workbench
from modules.sampling.denoiser import DiffusionModel
from modules.sampling.noise import NoiseSource
from modules.sampling.sample import SamplingResult, SamplingTask, StepReport, sample

if TYPE_CHECKING:
    from modules.engine.loaded_model import LoadedModel

AFTER_SAMPLING = ("decoding", "saving")


@dataclass(frozen=True)
class RunContext:
    """Who listens, who may stop the run, and what an earlier attempt has finished already."""

    emit: Emit
    cancellation: Cancellation = field(default_factory=Cancellation)
    finished: Mapping[int, Path] = field(default_factory=dict)
    """Files by the number of their picture."""
    job_id: str = "local"
    """Names the folder of pictures that are shown but not kept."""


def run(plan: GenerationPlan, bench: Workbench, context: RunContext) -> None:
    """Make the pictures. Raises: WebUIError of whatever went wrong; finished pictures stay."""
    context.emit(Progress("loading", batches=plan.request.batch_count))
    try:
        with torch.inference_mode():
            model = bench.load(plan.checkpoint, plan.vae)
            Run(plan, bench, model, context).make_all()
    except torch.OutOfMemoryError as error:
        torch.cuda.empty_cache()
        raise OutOfMemoryError(
            f"The device ran out of memory for {plan.request.batch_size} pictures of {plan.size} at a time.",
            remedy="Make them smaller or fewer at a time, or start with --medvram.") from error


class Run:
    """One pass through a plan with the model in memory."""

    def __init__(self, plan: GenerationPlan, bench: Workbench, model: LoadedModel, context: RunContext) -> None:
        self._plan = plan
        self._model = model
        self._context = context
        self._towers = bench.towers(model)
        entry = bench.catalog.with_hash(plan.checkpoint)
        self._facts = ModelFacts(entry.stem, entry.short_hash, plan.vae.name if plan.vae else None,
                                 bench.catalog.short_hash(plan.vae) if plan.vae else None)
        self._version = bench.version
        self._started = datetime.now()
        self._delivery = Delivery(plan, bench.data_folder, context.job_id, context.emit)
        self._conditioned: tuple[list[tuple[str, str]], BatchConditioning] | None = None
        self._said: set[str] = set()
        self._batch = 0

    def make_all(self) -> None:
        """Make every batch that is not finished yet, then the grid."""
        self._say(self._plan.comments)
        for number, images in enumerate(self._plan.batches()):
            self._batch = number
            if self._context.cancellation.no_more_batches:
                break
            if all(image.index in self._context.finished for image in images):
                continue
            self._context.cancellation.begin_batch()
            self._make(images)
        self._delivery.deliver_grid(self._context.finished)

    def _make(self, images: Sequence[PlannedImage]) -> None:
        self._report("encoding")
        conditioning = self._condition(images)
        self._say(conditioning.comments)
        result = self._sample(images, conditioning)
        self._say(result.comments)
        require_finite(result.latents, "U-Net")
        self._report("decoding")
        facts = RunFacts(self._facts, self._version, result.infotext, conditioning.infotext, self._started)
        whole = not self._context.cancellation.stop_now
        for planned, latents in zip(images, result.latents.split(1)):
            if planned.index not in self._context.finished:
                self._delivery.deliver(planned, self._decode(latents), facts, whole=whole)
        self._report("saving")

    def _condition(self, images: Sequence[PlannedImage]) -> BatchConditioning:
        """Encode the prompts of a batch, unless they are those of the batch before."""
        texts = [(image.prompt, image.negative_prompt) for image in images]
        if self._conditioned is None or self._conditioned[0] != texts:
            self._conditioned = texts, condition_batch(self._plan, images, self._model, self._towers)
        return self._conditioned[1]

    def _sample(self, images: Sequence[PlannedImage], conditioning: BatchConditioning) -> SamplingResult:
        latent = self._plan.size.latent
        noise = NoiseSource(
            [image.seed for image in images],
            (self._model.description.latent.channels, latent.height, latent.width), self._model.placement.device,
            settings=self._plan.noise, subseeds=[image.subseed for image in images])
        task = SamplingTask(self._diffusion_model(), conditioning.guidance, self._plan.sampling, noise)
        return sample(task, on_step=self._on_step, cancellation=self._context.cancellation)

    def _diffusion_model(self) -> DiffusionModel:
        description = self._model.description
        return DiffusionModel(self._model.predict, self._model.alphas_cumprod,
                              "v" if description.prediction.value == "v" else "epsilon",
                              is_sdxl=description.family == "sdxl")

    def _decode(self, latents: torch.Tensor) -> Image.Image:
        return to_image(self._model.decode(latents)[0])

    def _on_step(self, report: StepReport) -> None:
        step = report.step + 1
        self._report("sampling", step, report.steps)
        if self._plan.previews.due(step):
            image = render_preview(report.denoised, self._plan.previews, self._rough)
            self._context.emit(Preview(image, step))

    def _rough(self, latents: torch.Tensor) -> torch.Tensor:
        if self._plan.previews.full:
            return self._model.decode(latents)
        return approximate(latents, self._model.description.latent.preview)

    def _report(self, stage: str, step: int = 0, steps: int = 0) -> None:
        per_batch, batches = self._plan.request.steps, self._plan.request.batch_count
        assert per_batch is not None  # a plan leaves nothing open
        done = per_batch if stage in AFTER_SAMPLING else per_batch * step // max(steps, 1)
        self._context.emit(Progress(stage, step, steps, self._batch, batches,
                                    self._batch * per_batch + done, batches * per_batch))

    def _say(self, comments: Sequence[str]) -> None:
        for text in comments:
            if text not in self._said:
                self._said.add(text)
                self._context.emit(Comment(text))
