"""The texts and seeds of every picture of a job."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from modules.generation.request import GenerationRequest
from modules.generation.seeds import spread_seeds
from modules.generation.surroundings import Surroundings
from modules.prompting.comments import strip_comments
from modules.prompting.extra_networks import NetworkTag, extract_tags, name_network
from modules.prompting.remarks import Remarks
from modules.prompting.styles import Style, apply_styles
from modules.prompting.wildcards import resolve_wildcards
from modules.settings.values import Settings

NO_NETWORK = "None"


@dataclass(frozen=True)
class PlannedImage:
    """One picture to make.

    Prompts have their styles merged in, comments left out and wildcards resolved; network tags still stand.
    Templates are the prompts before their wildcards were resolved.
    """

    index: int
    prompt: str
    negative_prompt: str
    template: str
    negative_template: str
    seed: int
    subseed: int
    hires_prompt: str = ""
    hires_negative_prompt: str = ""
    """The second pass's prompts; the first pass's where none of their own were given."""


def plan_images(request: GenerationRequest, styles: list[Style], around: Surroundings, settings: Settings,
                remarks: Remarks) -> tuple[PlannedImage, ...]:
    """Write out every picture's texts and seeds."""
    assert request.seed is not None and request.subseed is not None  # filled in before
    writer = _Writer(styles, around, settings, remarks)
    count = request.batch_size * request.batch_count
    seeds = spread_seeds(request.seed, count, together=request.subseed_strength != 0)
    subseeds = spread_seeds(request.subseed, count, together=False)
    prompt, negative = writer.positive(request.prompt), writer.negative(request.negative_prompt)
    hires = writer.positive(request.hr_prompt) if request.hr_prompt else prompt
    hires_negative = writer.negative(request.hr_negative_prompt) if request.hr_negative_prompt else negative
    return tuple(
        PlannedImage(index, writer.resolve(prompt, seed), writer.resolve(negative, seed), prompt, negative, seed,
                     subseed, writer.resolve(hires, seed), writer.resolve(hires_negative, seed))
        for index, (seed, subseed) in enumerate(zip(seeds, subseeds)))


def group_by_networks(images: Sequence[PlannedImage]) -> list[list[PlannedImage]]:
    """Part a batch where wildcards chose other networks: those of one pass act on all its pictures."""

    def networks(image: PlannedImage) -> list[NetworkTag]:
        return [tag for text in (image.prompt, image.hires_prompt) for tag in extract_tags(text)[1]]

    return [list(alike) for _, alike in groupby(images, networks)]


class _Writer:
    """Turns what a person wrote into what is encoded."""

    def __init__(self, styles: list[Style], around: Surroundings, settings: Settings, remarks: Remarks) -> None:
        self._styles, self._model, self._remarks = styles, settings.model, remarks
        self._wildcards = around.wildcards
        self._networks = _default_networks(around, settings, remarks)
        self._weight = settings.networks.extra_networks_default_multiplier

    def positive(self, text: str) -> str:
        """Merge styles into a prompt, and name the networks that settings turn on."""
        text = self._clean(apply_styles(text, [style.prompt for style in self._styles]))
        for kind, name in self._networks:
            text = name_network(text, kind, name, self._weight)
        return text

    def negative(self, text: str) -> str:
        return self._clean(apply_styles(text, [style.negative_prompt for style in self._styles]))

    def resolve(self, text: str, seed: int) -> str:
        """Put one of their lines in the place of wildcards."""
        return resolve_wildcards(text, seed, self._wildcards, self._remarks, enabled=self._model.enable_wildcards)

    def _clean(self, text: str) -> str:
        return strip_comments(text) if self._model.enable_prompt_comments else text


def _default_networks(around: Surroundings, settings: Settings, remarks: Remarks) -> list[tuple[str, str]]:
    """Return kind and name of the networks that settings turn on, as far as they exist."""
    chosen = (("hypernet", settings.networks.sd_hypernetwork), ("lora", settings.networks.sd_lora))
    wanted = [(kind, name) for kind, name in chosen if name not in ("", NO_NETWORK)]
    for kind, name in wanted:
        if not around.models.knows_network(kind, name):
            remarks(f"The settings turn on the network {name[:60]!r}, but there is none of that name.")
    return [(kind, name) for kind, name in wanted if around.models.knows_network(kind, name)]
