"""One sampling pass: networks on, prompts encoded, latents denoised."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from modules.engine.soundness import require_finite
from modules.foundation.cancellation import Cancellation
from modules.foundation.size import Size
from modules.generation.conditioning import BatchConditioning, Texts, condition_batch
from modules.generation.model_in_use import ModelInUse
from modules.generation.networks import ActiveNetworks
from modules.generation.plan import GenerationPlan
from modules.generation.prompt_plan import PlannedImage
from modules.prompting.extra_networks import extract_batch_tags
from modules.sampling.guidance import ImageConditioning, Refiner
from modules.sampling.hooks import SamplingHooks
from modules.sampling.noise import NoiseSource
from modules.sampling.options import SamplingOptions
from modules.sampling.sample import SamplingTask, StepReport, sample
from modules.sampling.start import InitialImage


@dataclass(frozen=True)
class Passage:
    """What distinguishes one pass from another. ``size`` is in whole latent cells."""

    images: Sequence[PlannedImage]
    size: Size
    sampling: SamplingOptions
    initial: InitialImage | None = None
    image: ImageConditioning | None = None
    hooks: SamplingHooks | None = None
    told_size: Size | None = None
    """The size that models which are told one are told; None: the plan's."""
    second: bool = False
    """Whether this is the second pass of hires fix."""


@dataclass(frozen=True)
class Painted:
    """Denoised latents, and what is to be written about them."""

    latents: Tensor
    infotext: dict[str, Any] = field(default_factory=dict)


class Painter:
    """Makes the passes of a run."""

    def __init__(self, plan: GenerationPlan, model: ModelInUse, networks: ActiveNetworks, cancellation: Cancellation,
                 *, say: Callable[[Sequence[str]], None], on_step: Callable[[StepReport], None]) -> None:
        self._plan = plan
        self._model = model
        self._networks = networks
        self._cancellation = cancellation
        self._say = say
        self._on_step = on_step
        self._conditioned: tuple[object, BatchConditioning, tuple[str, ...]] | None = None

    def noise(self, images: Sequence[PlannedImage], size: Size) -> NoiseSource:
        """Return the noise of a batch at a size."""
        cells, model = size.latent, self._model.model
        return NoiseSource(
            [image.seed for image in images], (model.description.latent.channels, cells.height, cells.width),
            model.placement.device, settings=self._plan.noise, subseeds=[image.subseed for image in images])

    def paint(self, passage: Passage, noise: NoiseSource) -> Painted:
        """Make one pass. Raises: InvalidRequestError, ModelFileError, InvalidPictureError."""
        conditioning, comments = self._condition(passage)
        switched: dict[str, Any] = {}
        task = SamplingTask(self._model.diffusion_model(), conditioning.guidance, passage.sampling, noise,
                            passage.initial, passage.image, self._refiner(passage, switched))
        result = sample(task, hooks=passage.hooks, on_step=self._on_step, cancellation=self._cancellation)
        self._say([*comments, *conditioning.comments, *result.comments])
        require_finite(result.latents, "U-Net")
        written = self._networks.infotext(conditioning.embeddings, lora_hashes=self._plan.infotext.lora_hashes)
        return Painted(result.latents, {**conditioning.infotext, **written, **result.infotext, **switched})

    def _condition(self, passage: Passage) -> tuple[BatchConditioning, tuple[str, ...]]:
        """Encode the prompts of a pass, unless they are those of the pass before on the same model."""
        hires = self._plan.hires
        raw = [image.hires_prompt if passage.second else image.prompt for image in passage.images]
        negatives = [image.hires_negative_prompt if passage.second else image.negative_prompt
                     for image in passage.images]
        prompts, tags = extract_batch_tags(raw)
        if passage.second and hires is not None and hires.reuse_networks:
            _, tags = extract_batch_tags([image.prompt for image in passage.images])
        texts = Texts(tuple(prompts), tuple(negatives), self._plan.text, passage.sampling,
                      passage.told_size or self._plan.size, self._plan.sampling if passage.second else None)
        question = (texts, tuple(tags), self._model.loads)
        if self._conditioned is None or self._conditioned[0] != question:
            self._conditioned = None
            comments = self._networks.activate(tags if self._plan.text.use_networks else [], self._model.model,
                                               functional=self._plan.text.functional_lora)
            towers = self._model.towers()
            known = self._networks.embeddings(texts.spelled_out(), self._model.model, towers)
            conditioning = condition_batch(texts, self._model.model, towers, known.index)
            self._conditioned = question, conditioning, (*comments, *known.comments)
        return self._conditioned[1:]

    def _refiner(self, passage: Passage, switched: dict[str, Any]) -> Refiner | None:
        """Return what takes over on the way; once it has, ``switched`` tells."""
        refiner = self._plan.refiner
        if refiner is None or not refiner.acts_in(second_pass=passage.second, with_hires=self._plan.hires is not None):
            return None

        def load() -> tuple[Any, Any]:
            with torch.inference_mode():
                self._model.use(refiner.checkpoint, refiner.vae)
                conditioning, comments = self._condition(passage)
            self._say([*comments, *conditioning.comments])
            facts = self._model.facts(refiner.checkpoint, refiner.vae)
            switched["Refiner"] = f"{facts.name} [{facts.short_hash}]"
            switched["Refiner switch at"] = refiner.switch_at
            if self._plan.hires is not None and refiner.passes != "second pass":
                switched["Hires refiner"] = refiner.passes
            return self._model.diffusion_model(), conditioning.guidance

        return Refiner(refiner.switch_at, load)
