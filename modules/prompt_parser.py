"""A1111's ``modules.prompt_parser``: from prompts to conditionings. Extensions replace these functions.

Names: ComposableScheduledPromptConditioning, DictWithShape, MulticondLearnedConditioning,
ScheduledPromptConditioning, SdConditioning, get_learned_conditioning, get_learned_conditioning_prompt_schedules,
get_multicond_learned_conditioning, get_multicond_prompt_list, parse_prompt_attention, re_AND, re_break,
reconstruct_cond_batch, reconstruct_multicond_batch, stack_conds.
"""

from modules.compat.lazy import lazy_names
from modules.compat.prompt_parsing import (
    ComposableScheduledPromptConditioning,
    DictWithShape,
    MulticondLearnedConditioning,
    ScheduledPromptConditioning,
    SdConditioning,
    get_learned_conditioning,
    get_learned_conditioning_prompt_schedules,
    get_multicond_learned_conditioning,
    get_multicond_prompt_list,
    parse_prompt_attention,
    re_AND,
    re_break,
    reconstruct_cond_batch,
    reconstruct_multicond_batch,
    stack_conds,
)

__all__ = [
    "ComposableScheduledPromptConditioning", "DictWithShape", "MulticondLearnedConditioning",
    "ScheduledPromptConditioning", "SdConditioning", "get_learned_conditioning",
    "get_learned_conditioning_prompt_schedules", "get_multicond_learned_conditioning", "get_multicond_prompt_list",
    "parse_prompt_attention", "re_AND", "re_break", "reconstruct_cond_batch", "reconstruct_multicond_batch",
    "stack_conds",
]

__getattr__ = lazy_names(__name__)
