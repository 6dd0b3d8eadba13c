"""Conditionings, put together and taken apart: ``modules.sd_samplers_cfg_denoiser``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch


def catenate_conds(conds: Sequence[Any]) -> Any:
    """Join batches of texts into one."""
    if not isinstance(conds[0], dict):
        return torch.cat(list(conds))
    return type(conds[0])({key: torch.cat([cond[key] for cond in conds]) for key in conds[0]})


def subscript_cond(cond: Any, a: int, b: int) -> Any:
    """Take some texts out of a batch."""
    if not isinstance(cond, dict):
        return cond[a:b]
    return type(cond)({key: value[a:b] for key, value in cond.items()})


def pad_cond(tensor: Any, repeats: int, empty: Any) -> Any:
    """Make texts longer by whole empty prompts."""
    if isinstance(tensor, dict):
        return type(tensor)({**tensor, "crossattn": pad_cond(tensor["crossattn"], repeats, empty)})
    filling = empty.repeat((tensor.shape[0], repeats, 1)).to(tensor)
    return torch.cat([tensor, filling], dim=1)
