"""From the prompts of a batch to what the sampler is guided by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from modules.foundation.size import Size
from modules.generation.plan import TextPlan
from modules.prompting.condition import PromptOptions, condition
from modules.prompting.conditioning import EncodedText, PromptFacts, Timetable
from modules.prompting.embeddings import EmbeddingIndex
from modules.prompting.encoding import Emphasis
from modules.prompting.schedule import Timeline, unroll
from modules.prompting.towers import Tower
from modules.sampling.conditioning import Branch, Context, GuidanceInput, Schedule
from modules.sampling.options import SamplingOptions
from modules.sampling.registry import REGISTRY

if TYPE_CHECKING:
    from modules.engine.loaded_model import LoadedModel


@dataclass(frozen=True)
class Texts:
    """The prompts of one pass, without network tags, and what decides what they mean."""

    prompts: tuple[str, ...]
    negatives: tuple[str, ...]
    text: TextPlan
    sampling: SamplingOptions
    size: Size
    """The size that models which are told one are told."""
    first_pass: SamplingOptions | None = None
    """Given in the second pass: prompt editing counts from the first pass's steps on."""

    def spelled_out(self) -> list[str]:
        """Return every text that prompt editing makes of the prompts, and the prompts themselves."""
        written = (*self.prompts, *self.negatives)
        return [*written, *(entry.text for text in written for entry in unroll(text, self.timeline()))]

    def timeline(self) -> Timeline:
        """Return the steps on which prompt editing counts."""
        steps = _model_calls(self.sampling)
        if self.first_pass is None:
            return Timeline(steps, old_rules=self.text.old_timelines)
        return Timeline(_model_calls(self.first_pass), steps, old_rules=self.text.old_timelines)


@dataclass(frozen=True)
class BatchConditioning:
    """What guides one batch, and what is to be said about its prompts."""

    guidance: GuidanceInput
    infotext: dict[str, Any]
    embeddings: tuple[str, ...]
    """Names of the textual inversions used."""
    comments: tuple[str, ...]


def condition_batch(texts: Texts, model: LoadedModel, towers: Sequence[Tower],
                    embeddings: EmbeddingIndex | None = None) -> BatchConditioning:
    """Encode the prompts of a batch."""
    family = model.description.family
    encoding = replace(texts.text.encoding, old_emphasis=texts.text.encoding.old_emphasis and family == "sd1")
    options = PromptOptions(texts.timeline(), encoding, zero_empty_negative=model.description.is_sdxl)
    encoded = condition(texts.prompts, texts.negatives, towers, options, embeddings)
    contexts = _Contexts(model, texts)
    guidance = GuidanceInput(
        cond=tuple(tuple(Branch(part.weight, contexts.schedule(part.timetable)) for part in parts)
                   for parts in encoded.positive),
        uncond=tuple(contexts.schedule(timetable, wanted=False) for timetable in encoded.negative),
        empty=_empty_context(texts, towers, options, contexts))
    return BatchConditioning(guidance, _infotext(texts.text, encoded.facts), encoded.facts.embeddings,
                             encoded.facts.remarks)


class _Contexts:
    """Turns encoded texts into contexts, each distinct text once for what is wanted and once for what is not."""

    def __init__(self, model: LoadedModel, texts: Texts) -> None:
        self._model, self._texts = model, texts
        self._known: dict[tuple[int, bool], tuple[EncodedText, Context]] = {}

    def schedule(self, timetable: Timetable, *, wanted: bool = True) -> Schedule:
        return tuple((entry.until, self.context(entry.encoded, wanted=wanted)) for entry in timetable)

    def context(self, text: EncodedText, *, wanted: bool = True) -> Context:
        key = id(text), wanted
        if key not in self._known:
            vector = None
            if text.pooled is not None:
                told = self._texts.text.told
                rows = self._model.size_vector(
                    text.pooled[None], self._texts.size, crop=(told.crop_top, told.crop_left),
                    aesthetic_score=told.high_aesthetic_score if wanted else told.low_aesthetic_score)
                vector = None if rows is None else rows[0]
            # the text is kept too, so that nothing else gets its id
            self._known[key] = (text, Context(text.cross, vector))
        return self._known[key][1]


def _empty_context(texts: Texts, towers: Sequence[Tower], options: PromptOptions, contexts: _Contexts
                   ) -> Context | None:
    """Encode the empty prompt where whole prompts of padding may be needed."""
    if not texts.sampling.pad_cond_uncond:
        return None
    encoded = condition([""], [""], towers, options)
    return contexts.context(encoded.positive[0][0].timetable[0].encoded)


def _model_calls(sampling: SamplingOptions) -> int:
    return REGISTRY.current.sampler(sampling.sampler).total_steps(sampling.steps)


def _infotext(plan: TextPlan, facts: PromptFacts) -> dict[str, Any]:
    emphasis = plan.encoding.emphasis
    return {
        "Emphasis": emphasis.value if facts.uses_emphasis and emphasis is not Emphasis.ORIGINAL else None,
        "Old prompt editing timelines": True if facts.timelines_differ else None,
    }
