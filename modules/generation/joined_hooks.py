"""Several hooks as one, called in their order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PIL import Image
from torch import Tensor

from modules.artefacts.record import GenerationRecord
from modules.artefacts.saving import PictureDraft, SavedArtefact
from modules.generation.hooks import BatchDraft, DecodedBatch, GenerationHooks, Overlay, PassDraft, TextDraft
from modules.generation.prompt_plan import PlannedImage
from modules.sampling.conditioning import GuidanceInput
from modules.sampling.hooks import SamplingHooks, join_sampling_hooks

if TYPE_CHECKING:
    from modules.engine.loaded_model import LoadedModel
    from modules.generation.plan import GenerationPlan


class JoinedHooks(GenerationHooks):
    """What one returns goes to the next. Of those that write infotexts, the first writes; the others add before it."""

    def __init__(self, hooks: Sequence[GenerationHooks]) -> None:
        self._hooks = hooks

    def wants(self, name: str) -> bool:
        return any(one.wants(name) for one in self._hooks)

    @property
    def network_kinds(self) -> frozenset[str]:  # type: ignore[override]
        return frozenset[str]().union(*(one.network_kinds for one in self._hooks))

    @property
    def sampling(self) -> SamplingHooks | None:
        return join_sampling_hooks([one.sampling for one in self._hooks])

    def plan(self, plan: GenerationPlan) -> GenerationPlan:
        for one in self._hooks:
            plan = one.plan(plan)
        return plan

    def model_ready(self, model: LoadedModel) -> None:
        for one in self._hooks:
            one.model_ready(model)

    def begin_batch(self, batch: BatchDraft) -> None:
        for one in self._hooks:
            one.begin_batch(batch)

    def networks_ready(self, texts: TextDraft) -> None:
        for one in self._hooks:
            one.networks_ready(texts)

    def before_encoding(self, texts: TextDraft) -> None:
        for one in self._hooks:
            one.before_encoding(texts)

    def conditioning(self, guidance: GuidanceInput, texts: TextDraft) -> GuidanceInput:
        for one in self._hooks:
            guidance = one.conditioning(guidance, texts)
        return guidance

    def before_second_pass(self, images: Sequence[PlannedImage]) -> None:
        for one in self._hooks:
            one.before_second_pass(images)

    def begin_pass(self, draft: PassDraft) -> None:
        for one in self._hooks:
            one.begin_pass(draft)

    def sampled(self, latents: Tensor, images: Sequence[PlannedImage]) -> Tensor:
        for one in self._hooks:
            latents = one.sampled(latents, images)
        return latents

    def decoded(self, batch: DecodedBatch) -> None:
        for one in self._hooks:
            one.decoded(batch)

    def image(self, image: Image.Image, planned: PlannedImage) -> Image.Image:
        for one in self._hooks:
            image = one.image(image, planned)
        return image

    def overlay(self, overlay: Overlay, planned: PlannedImage) -> None:
        for one in self._hooks:
            one.overlay(overlay, planned)

    def composed(self, image: Image.Image, planned: PlannedImage) -> Image.Image:
        for one in self._hooks:
            image = one.composed(image, planned)
        return image

    def record(self, record: GenerationRecord, planned: PlannedImage) -> GenerationRecord:
        for one in self._hooks:
            record = one.record(record, planned)
        return record

    def describe(self, record: GenerationRecord, planned: PlannedImage) -> str:
        writers = [one for one in self._hooks if one.wants("describe")]
        return writers[0].describe(record, planned) if writers else super().describe(record, planned)

    def before_saving(self, draft: PictureDraft, planned: PlannedImage) -> PictureDraft:
        for one in self._hooks:
            draft = one.before_saving(draft, planned)
        return draft

    def saved(self, artefact: SavedArtefact, image: Image.Image, planned: PlannedImage) -> None:
        for one in self._hooks:
            one.saved(artefact, image, planned)

    def grid(self, images: list[Image.Image], columns: int, rows: int) -> list[Image.Image]:
        for one in self._hooks:
            images = one.grid(images, columns, rows)
        return images


def join_hooks(hooks: Sequence[GenerationHooks]) -> GenerationHooks:
    """Return one object for all of them."""
    return hooks[0] if len(hooks) == 1 else JoinedHooks(hooks)
