"""What the sampler is guided by, as ``modules.prompt_parser`` names it, and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from torch import Tensor

from modules.compat.draft import StableDiffusionProcessing
from modules.compat.facade import facade
from modules.generation.hooks import TextDraft
from modules.sampling.conditioning import Branch, Context, GuidanceInput, Schedule, TextBatch
from modules.sampling.registry import REGISTRY

REPLACEABLE = ("get_learned_conditioning", "get_multicond_learned_conditioning",
               "get_learned_conditioning_prompt_schedules")
OURS = "modules."


def as_conditionings(guidance: GuidanceInput) -> tuple[Any, Any]:
    """Return what a batch should and should not show, in the objects that scripts know."""
    parser = facade("prompt_parser")
    cond = parser.MulticondLearnedConditioning(shape=(len(guidance),), batch=[
        [parser.ComposableScheduledPromptConditioning(_schedules(branch.schedule), branch.weight)
         for branch in branches] for branches in guidance.cond])
    return cond, [_schedules(schedule) for schedule in guidance.uncond]


def _schedules(schedule: Schedule) -> list[Any]:
    entry = facade("prompt_parser").ScheduledPromptConditioning
    return [entry(end, as_cond(context)) for end, context in schedule]


def as_cond(text: Context | TextBatch) -> Any:
    """Return encoded text: a tensor, or a mapping for models that also see a vector."""
    if text.vector is None:
        return text.cross
    return facade("prompt_parser").DictWithShape({"crossattn": text.cross, "vector": text.vector})


def as_text_batch(cond: Any) -> TextBatch:
    """Read what scripts left in the place of a batch of texts."""
    if isinstance(cond, Tensor):
        return TextBatch(cond)
    return TextBatch(cond["crossattn"], cond.get("vector"))


def replaced_guidance(p: StableDiffusionProcessing, guidance: GuidanceInput, texts: TextDraft) -> GuidanceInput:
    """Encode the texts of a pass anew where an extension has replaced how that is done."""
    parser = facade("prompt_parser")
    if all((getattr(parser, name).__module__ or "").startswith(OURS) for name in REPLACEABLE):
        return guidance
    steps, hires_steps = _steps(p, second=texts.second)
    opts = facade("shared").opts
    size = (p.width, p.height)
    negatives = parser.SdConditioning(texts.negatives, is_negative_prompt=True, width=size[0], height=size[1])
    prompts = parser.SdConditioning(texts.prompts, width=size[0], height=size[1])
    more = (hires_steps, opts.use_old_scheduling)
    uncond = parser.get_learned_conditioning(facade("shared").sd_model, negatives, steps, *more)
    cond = parser.get_multicond_learned_conditioning(facade("shared").sd_model, prompts, steps, *more)
    return replace(guidance, uncond=tuple(_schedule(one) for one in uncond),
                   cond=tuple(tuple(Branch(part.weight, _schedule(part.schedules)) for part in parts)
                              for parts in cond.batch))


def _schedule(entries: Sequence[Any]) -> Schedule:
    return tuple((int(entry.end_at_step), _context(entry.cond)) for entry in entries)


def _context(cond: Any) -> Context:
    if isinstance(cond, Tensor):
        return Context(cond)
    return Context(cond["crossattn"], cond.get("vector"))


def _steps(p: StableDiffusionProcessing, *, second: bool) -> tuple[int, int | None]:
    """Return the steps prompt editing counts by, and those of the second pass while it is made."""
    sampler, _ = REGISTRY.current.resolve(p.sampler_name, None)
    spec = REGISTRY.current.sampler(sampler)
    first = spec.total_steps(p.steps)
    if not second:
        return first, None
    return first, spec.total_steps(getattr(p, "hr_second_pass_steps", 0) or p.steps)
