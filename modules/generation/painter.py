"""One sampling pass: networks on, prompts encoded, latents denoised."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from modules.engine.soundness import require_finite
from modules.foundation.size import Size
from modules.generation.conditioning import BatchConditioning, Texts, condition_batch
from modules.generation.hooks import GenerationHooks, PassDraft, TextDraft
from modules.generation.model_in_use import ModelInUse
from modules.generation.networks import ActiveNetworks
from modules.generation.plan import GenerationPlan
from modules.generation.prompt_plan import PlannedImage
from modules.generation.run_context import RunContext
from modules.prompting.extra_networks import extract_batch_tags
from modules.sampling.conditioning import GuidanceInput
from modules.sampling.guidance import ImageConditioning, Refiner
from modules.sampling.hooks import SamplingHooks, join_sampling_hooks
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

    def __init__(self, plan: GenerationPlan, model: ModelInUse, networks: ActiveNetworks, context: RunContext, *,
                 say: Callable[[Sequence[str]], None], on_step: Callable[[StepReport], None]) -> None:
        self._plan = plan
        self._model = model
        self._networks = networks
        self._hooks: GenerationHooks = context.hooks
        self._cancellation = context.cancellation
        self._say = say
        self._on_step = on_step
        self._active: tuple[object, tuple[str, ...]] | None = None
        self._encoded: tuple[object, BatchConditioning, tuple[str, ...]] | None = None

    def noise(self, images: Sequence[PlannedImage], size: Size) -> NoiseSource:
        """Return the noise of a batch at a size."""
        cells, model = size.latent, self._model.model
        return NoiseSource(
            [image.seed for image in images], (model.description.latent.channels, cells.height, cells.width),
            model.placement.device, settings=self._plan.noise, subseeds=[image.subseed for image in images])

    def paint(self, passage: Passage, noise: NoiseSource) -> Painted:
        """Make one pass. Raises: InvalidRequestError, ModelFileError, InvalidPictureError."""
        texts = self._texts(passage)
        self._activate(texts)
        self._hooks.networks_ready(texts)
        self._hooks.before_encoding(texts)
        conditioning = self._condition(passage, texts)
        passage, guidance = self._begin(passage, conditioning.guidance, noise)
        switched: dict[str, Any] = {}
        task = SamplingTask(self._model.diffusion_model(), guidance, passage.sampling, noise, passage.initial,
                            passage.image, self._refiner(passage, texts, switched))
        result = sample(task, hooks=join_sampling_hooks([passage.hooks, self._hooks.sampling]),
                        on_step=self._on_step, cancellation=self._cancellation)
        self._say(result.comments)
        require_finite(result.latents, "U-Net")
        written = self._networks.infotext(conditioning.embeddings, lora_hashes=self._plan.infotext.lora_hashes)
        return Painted(result.latents, {**conditioning.infotext, **written, **result.infotext, **switched})

    def _texts(self, passage: Passage) -> TextDraft:
        """Take the prompts of a pass and the networks that act in it apart."""
        hires, images = self._plan.hires, passage.images
        raw = [image.hires_prompt if passage.second else image.prompt for image in images]
        negatives = [image.hires_negative_prompt if passage.second else image.negative_prompt for image in images]
        prompts, tags = extract_batch_tags(raw)
        if passage.second and hires is not None and hires.reuse_networks:
            _, tags = extract_batch_tags([image.prompt for image in images])
        return TextDraft(images, list(prompts), negatives, tags, passage.second)

    def _activate(self, texts: TextDraft) -> None:
        """Let the networks of a pass act, unless they do since the pass before."""
        own = [tag for tag in texts.tags if tag.kind not in self._hooks.network_kinds]
        question = (tuple(own), self._model.loads)
        if self._active is None or self._active[0] != question:
            self._active = self._encoded = None
            comments = self._networks.activate(own if self._plan.text.use_networks else [], self._model.model,
                                               functional=self._plan.text.functional_lora)
            self._active = question, comments
        self._say(self._active[1])

    def _condition(self, passage: Passage, texts: TextDraft) -> BatchConditioning:
        """Encode the prompts of a pass, unless they are those of the pass before on the same model."""
        wanted = Texts(tuple(texts.prompts), tuple(texts.negatives), self._plan.text, passage.sampling,
                       passage.told_size or self._plan.size, self._plan.sampling if passage.second else None)
        question = (wanted, self._model.loads)
        if self._encoded is None or self._encoded[0] != question:
            self._encoded = None
            towers = self._model.towers()
            known = self._networks.embeddings(wanted.spelled_out(), self._model.model, towers)
            conditioning = condition_batch(wanted, self._model.model, towers, known.index)
            self._encoded = question, conditioning, (*known.comments, *conditioning.comments)
        self._say(self._encoded[2])
        conditioning = self._encoded[1]
        return replace(conditioning, guidance=self._hooks.conditioning(conditioning.guidance, texts))

    def _begin(self, passage: Passage, guidance: GuidanceInput, noise: NoiseSource
               ) -> tuple[Passage, GuidanceInput]:
        """Let hooks change what a pass starts with."""
        initial = passage.initial
        draft = PassDraft(noise.first(), initial.latents if initial else None, guidance, passage.second)
        self._hooks.begin_pass(draft)
        noise.begin_with(draft.noise)
        if initial is not None and draft.latents is not None:
            passage = replace(passage, initial=replace(initial, latents=draft.latents))
        return passage, draft.guidance

    def _refiner(self, passage: Passage, texts: TextDraft, switched: dict[str, Any]) -> Refiner | None:
        """Return what takes over on the way; once it has, ``switched`` tells."""
        refiner = self._plan.refiner
        if refiner is None or not refiner.acts_in(second_pass=passage.second, with_hires=self._plan.hires is not None):
            return None

        def load() -> tuple[Any, Any]:
            with torch.inference_mode():
                self._model.use(refiner.checkpoint, refiner.vae)
                self._activate(texts)
                conditioning = self._condition(passage, texts)
            facts = self._model.facts(refiner.checkpoint, refiner.vae)
            switched["Refiner"] = facts.title
            switched["Refiner switch at"] = refiner.switch_at
            if self._plan.hires is not None and refiner.passes != "second pass":
                switched["Hires refiner"] = refiner.passes
            return self._model.diffusion_model(), conditioning.guidance

        return Refiner(refiner.switch_at, load)
