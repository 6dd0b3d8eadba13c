"""From the prompts of a batch to what the sampler is guided by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from modules.generation.plan import GenerationPlan, PlannedImage
from modules.prompting.condition import PromptOptions, condition
from modules.prompting.conditioning import EncodedText, PromptFacts, Timetable
from modules.prompting.encoding import Emphasis
from modules.prompting.extra_networks import extract_batch_tags
from modules.prompting.schedule import Timeline
from modules.prompting.towers import Tower
from modules.sampling.conditioning import Branch, Context, GuidanceInput, Schedule
from modules.sampling.registry import BUILTIN

if TYPE_CHECKING:
    from modules.engine.loaded_model import LoadedModel


@dataclass(frozen=True)
class BatchConditioning:
    """What guides one batch, and what is to be said about its prompts."""

    guidance: GuidanceInput
    infotext: dict[str, Any]
    comments: tuple[str, ...]


def condition_batch(plan: GenerationPlan, images: Sequence[PlannedImage], model: LoadedModel,
                    towers: Sequence[Tower]) -> BatchConditioning:
    """Encode the prompts of a batch; network tags are left out."""
    steps = BUILTIN.sampler(plan.sampling.sampler).total_steps(plan.sampling.steps)
    family = model.description.family
    encoding = replace(plan.text.encoding, old_emphasis=plan.text.encoding.old_emphasis and family == "sd1")
    options = PromptOptions(Timeline(steps, old_rules=plan.text.old_timelines), encoding,
                            zero_empty_negative=family == "sdxl")
    prompts, _ = extract_batch_tags([image.prompt for image in images])
    negatives = [image.negative_prompt for image in images]
    encoded = condition(prompts, negatives, towers, options)
    contexts = _Contexts(model, plan)
    guidance = GuidanceInput(
        cond=tuple(tuple(Branch(part.weight, contexts.schedule(part.timetable)) for part in parts)
                   for parts in encoded.positive),
        uncond=tuple(contexts.schedule(timetable) for timetable in encoded.negative),
        empty=_empty_context(plan, towers, options, contexts))
    return BatchConditioning(guidance, _infotext(plan, encoded.facts), encoded.facts.remarks)


class _Contexts:
    """Turns encoded texts into contexts, each distinct text once."""

    def __init__(self, model: LoadedModel, plan: GenerationPlan) -> None:
        self._model, self._plan = model, plan
        self._known: dict[int, tuple[EncodedText, Context]] = {}

    def schedule(self, timetable: Timetable) -> Schedule:
        return tuple((entry.until, self.context(entry.encoded)) for entry in timetable)

    def context(self, text: EncodedText) -> Context:
        if id(text) not in self._known:
            vector = None
            if text.pooled is not None:
                rows = self._model.size_vector(text.pooled[None], self._plan.size,
                                               crop_top=self._plan.text.crop_top, crop_left=self._plan.text.crop_left)
                vector = None if rows is None else rows[0]
            # the text is kept too, so that nothing else gets its id
            self._known[id(text)] = (text, Context(text.cross, vector))
        return self._known[id(text)][1]


def _empty_context(plan: GenerationPlan, towers: Sequence[Tower], options: PromptOptions,
                   contexts: _Contexts) -> Context | None:
    """Encode the empty prompt where whole prompts of padding may be needed."""
    if not plan.sampling.pad_cond_uncond:
        return None
    encoded = condition([""], [""], towers, options)
    return contexts.context(encoded.positive[0][0].timetable[0].encoded)


def _infotext(plan: GenerationPlan, facts: PromptFacts) -> dict[str, Any]:
    emphasis = plan.text.encoding.emphasis
    return {
        "Emphasis": emphasis.value if facts.uses_emphasis and emphasis is not Emphasis.ORIGINAL else None,
        "Old prompt editing timelines": True if facts.timelines_differ else None,
    }
