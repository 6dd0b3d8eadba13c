"""Where plugins reach into a run, stage by stage. Subclass ``GenerationHooks`` and override what you need.

Drafts are handed out live: what may be changed in them is said at each. All hooks run on the thread that makes the
pictures, one after another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image
from torch import Tensor

from modules.artefacts.infotext import write_infotext
from modules.artefacts.record import GenerationRecord
from modules.artefacts.saving import PictureDraft, SavedArtefact
from modules.generation.prompt_plan import PlannedImage
from modules.prompting.extra_networks import NetworkTag
from modules.sampling.conditioning import GuidanceInput
from modules.sampling.hooks import SamplingHooks

if TYPE_CHECKING:
    from modules.engine.loaded_model import LoadedModel
    from modules.generation.plan import GenerationPlan


@dataclass
class BatchDraft:
    """A batch about to be made. A hook may change, add and take out ``images``; none left: the batch is left out."""

    number: int
    """Counts from 0."""
    images: list[PlannedImage]


@dataclass
class TextDraft:
    """The texts of one pass, about to be encoded. A hook may change ``prompts`` and ``negatives``."""

    images: Sequence[PlannedImage]
    prompts: list[str]
    """Without network tags."""
    negatives: list[str]
    tags: Sequence[NetworkTag]
    """The networks that act; changing them here comes too late."""
    second: bool
    """Whether this is the second pass of hires fix."""


@dataclass
class PassDraft:
    """A pass about to be sampled. A hook may replace any tensor, or change it in place."""

    noise: Tensor
    """Unit noise. Shapes: [N, C, h, w]."""
    latents: Tensor | None
    """The picture it starts from; None where it starts from noise."""
    guidance: GuidanceInput
    second: bool


@dataclass
class DecodedBatch:
    """Pictures as the VAE gave them. A hook may change both lists, together, also in length."""

    images: list[PlannedImage]
    pixels: list[Tensor]
    """Shapes: [3, H, W]. Range: 0 to 1."""


@dataclass
class Overlay:
    """What is about to be laid over an inpainted picture. A hook may replace both."""

    mask: Image.Image
    """L; white where the new picture shows."""
    original: Image.Image
    """RGBA; transparent where the new picture shows."""


class GenerationHooks:
    """Hooks that do nothing."""

    network_kinds: frozenset[str] = frozenset()
    """Kinds of network tags that a hook takes care of: ``<kind:…>``."""

    @property
    def sampling(self) -> SamplingHooks | None:
        """Hooks inside the denoising loop, asked for before every pass."""
        return None

    def wants(self, name: str) -> bool:
        """Say whether a hook of this name does anything here."""
        return getattr(type(self), name) is not getattr(GenerationHooks, name)

    def plan(self, plan: GenerationPlan) -> GenerationPlan:
        """Replace the plan of a run."""
        return plan

    def model_ready(self, model: LoadedModel) -> None:
        """Another model came in."""

    def begin_batch(self, batch: BatchDraft) -> None:
        """Change the pictures of a batch before networks are read from their prompts."""

    def networks_ready(self, texts: TextDraft) -> None:
        """The networks of a pass act now."""

    def before_encoding(self, texts: TextDraft) -> None:
        """Change what the text encoders are given."""

    def conditioning(self, guidance: GuidanceInput, texts: TextDraft) -> GuidanceInput:
        """Replace what the sampler is guided by."""
        return guidance

    def before_second_pass(self, images: Sequence[PlannedImage]) -> None:
        """Hires fix is about to enlarge the first pass."""

    def begin_pass(self, draft: PassDraft) -> None:
        """Change what sampling starts with."""

    def sampled(self, latents: Tensor, images: Sequence[PlannedImage]) -> Tensor:
        """Replace finished latents before they are decoded. Shapes: [N, C, h, w]."""
        return latents

    def decoded(self, batch: DecodedBatch) -> None:
        """Change the pictures of a batch while they are numbers."""

    def image(self, image: Image.Image, planned: PlannedImage) -> Image.Image:
        """Replace a picture before colours are matched and the original is laid over it."""
        return image

    def overlay(self, overlay: Overlay, planned: PlannedImage) -> None:
        """Change what is laid over an inpainted picture."""

    def composed(self, image: Image.Image, planned: PlannedImage) -> Image.Image:
        """Replace a finished picture before it is described and saved."""
        return image

    def record(self, record: GenerationRecord, planned: PlannedImage) -> GenerationRecord:
        """Replace what the infotext of a picture says."""
        return record

    def describe(self, record: GenerationRecord, planned: PlannedImage) -> str:
        """Write the infotext of a picture."""
        return write_infotext(record)

    def before_saving(self, draft: PictureDraft, planned: PlannedImage) -> PictureDraft:
        """Replace picture, text or path of a file about to be written."""
        return draft

    def saved(self, artefact: SavedArtefact, image: Image.Image, planned: PlannedImage) -> None:
        """A file was written."""

    def grid(self, images: list[Image.Image], columns: int, rows: int) -> list[Image.Image]:
        """Replace the pictures of the grid."""
        return images
