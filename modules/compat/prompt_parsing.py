"""Prompts as ``modules.prompt_parser`` reads them: A1111's functions and objects over ``prompting``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from modules.compat.facade import facade
from modules.prompting.attention import parse_attention
from modules.prompting.composition import compose
from modules.prompting.schedule import Timeline, unroll
from modules.sampling.conditioning import fit_tokens

re_AND = re.compile(r"\bAND\b")
re_break = re.compile(r"\s*\bBREAK\b\s*", re.DOTALL)


class SdConditioning(list[str]):
    """Prompts, and what models that are told sizes need to know of the picture."""

    def __init__(self, prompts: Sequence[str], is_negative_prompt: bool = False, width: int | None = None,
                 height: int | None = None, copy_from: Any = None, distilled_cfg_scale: float | None = None) -> None:
        super().__init__(prompts)
        source = prompts if copy_from is None else copy_from
        self.is_negative_prompt: bool = is_negative_prompt or getattr(source, "is_negative_prompt", False)
        self.width: int | None = width or getattr(source, "width", None)
        self.height: int | None = height or getattr(source, "height", None)
        self.distilled_cfg_scale = distilled_cfg_scale


class ScheduledPromptConditioning(NamedTuple):
    """An encoded text, and the last step it holds for."""

    end_at_step: int
    cond: Any


class ComposableScheduledPromptConditioning:
    """One part of a prompt composed with AND."""

    def __init__(self, schedules: list[ScheduledPromptConditioning], weight: float = 1.0) -> None:
        self.schedules, self.weight = schedules, weight


class MulticondLearnedConditioning:
    """The parts of every prompt of a batch."""

    def __init__(self, shape: Any, batch: list[list[ComposableScheduledPromptConditioning]]) -> None:
        self.shape, self.batch = shape, batch


class DictWithShape(dict[str, Any]):
    """Encoded texts with a vector beside them; looks like the tensor it holds."""

    def __init__(self, x: dict[str, Any], shape: Any = None) -> None:
        super().__init__(x)

    @property
    def shape(self) -> torch.Size:
        shape: torch.Size = self["crossattn"].shape
        return shape

    def to(self, *args: Any, **kwargs: Any) -> DictWithShape:
        """Move or convert every tensor in it."""
        for key, value in self.items():
            if isinstance(value, Tensor):
                self[key] = value.to(*args, **kwargs)
        return self

    def advanced_indexing(self, item: Any) -> DictWithShape:
        """Return some rows of everything."""
        return DictWithShape({key: value[item] if isinstance(value, Tensor) else value
                              for key, value in self.items()})


def parse_prompt_attention(text: str) -> list[list[Any]]:
    """Return fragments with their weights: ``[["a ", 1.0], ["cat", 1.1]]``."""
    return [[fragment.text, fragment.weight] for fragment in parse_attention(text)]


def get_learned_conditioning_prompt_schedules(prompts: Sequence[str], base_steps: int, hires_steps: int | None = None,
                                              use_old_scheduling: bool = False) -> list[list[list[Any]]]:
    """Return, for each prompt, which text holds up to which step."""
    timeline = Timeline(base_steps, hires_steps, use_old_scheduling)
    known = {prompt: [[entry.until, entry.text] for entry in unroll(prompt, timeline)] for prompt in prompts}
    return [known[prompt] for prompt in prompts]


def get_learned_conditioning(model: Any, prompts: Sequence[str], steps: int, hires_steps: int | None = None,
                             use_old_scheduling: bool = False) -> list[list[ScheduledPromptConditioning]]:
    """Encode prompts; equal ones once."""
    schedules = facade("prompt_parser").get_learned_conditioning_prompt_schedules(prompts, steps, hires_steps,
                                                                                   use_old_scheduling)
    known: dict[str, list[ScheduledPromptConditioning]] = {}
    for prompt, schedule in zip(prompts, schedules):
        if prompt not in known:
            texts = SdConditioning([text for _, text in schedule], copy_from=prompts)
            conds = model.get_learned_conditioning(texts)
            known[prompt] = [ScheduledPromptConditioning(end, _row(conds, index))
                             for index, (end, _) in enumerate(schedule)]
    return [known[prompt] for prompt in prompts]


def _row(conds: Any, index: int) -> Any:
    if isinstance(conds, dict):
        return {key: value[index] for key, value in conds.items()}
    return conds[index]


def get_multicond_prompt_list(prompts: Sequence[str]) -> tuple[list[list[tuple[int, float]]], SdConditioning,
                                                               dict[str, int]]:
    """Split prompts at AND: which texts each uses with which weight, the distinct texts, and their numbers."""
    composition = compose(prompts)
    texts = SdConditioning(composition.texts, copy_from=prompts)
    return composition.uses, texts, {text: index for index, text in enumerate(texts)}


def get_multicond_learned_conditioning(model: Any, prompts: Sequence[str], steps: int, hires_steps: int | None = None,
                                       use_old_scheduling: bool = False) -> MulticondLearnedConditioning:
    """Encode prompts that may be composed with AND."""
    parser = facade("prompt_parser")
    uses, texts, _ = parser.get_multicond_prompt_list(prompts)
    conds = parser.get_learned_conditioning(model, texts, steps, hires_steps, use_old_scheduling)
    return MulticondLearnedConditioning((len(prompts),), [
        [ComposableScheduledPromptConditioning(conds[index], weight) for index, weight in parts] for parts in uses])


def reconstruct_cond_batch(c: Sequence[Sequence[ScheduledPromptConditioning]], current_step: int) -> Any:
    """Stack the texts that hold at a step."""
    return _stack([_holding(schedule, current_step) for schedule in c])


def reconstruct_multicond_batch(c: MulticondLearnedConditioning, current_step: int
                                ) -> tuple[list[list[tuple[int, float]]], Any]:
    """Stack the texts that hold at a step, and list which rows make up each picture with which weight."""
    conds: list[Any] = []
    uses: list[list[tuple[int, float]]] = []
    for parts in c.batch:
        uses.append([(len(conds) + number, part.weight) for number, part in enumerate(parts)])
        conds += [_holding(part.schedules, current_step) for part in parts]
    return uses, _stack(conds)


def stack_conds(tensors: list[Tensor]) -> Tensor:
    """Stack texts; shorter ones are filled by repeating their last token's vector."""
    tokens = max(len(tensor) for tensor in tensors)
    return torch.stack([fit_tokens(tensor, tokens) for tensor in tensors])


def _holding(schedule: Sequence[ScheduledPromptConditioning], step: int) -> Any:
    return next((entry.cond for entry in schedule if step <= entry.end_at_step), schedule[-1].cond)


def _stack(conds: list[Any]) -> Any:
    if not isinstance(conds[0], dict):
        return stack_conds(conds)
    stacked = {key: torch.stack([cond[key] for cond in conds]) for key in conds[0] if key != "crossattn"}
    return DictWithShape({"crossattn": stack_conds([cond["crossattn"] for cond in conds]), **stacked})
