"""What stays in memory, and what happens when there is not enough: the settings about it."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from modules.engine.retention import Retention
from modules.settings.values import Settings


@dataclass(frozen=True)
class MemoryPlan:
    """How a job treats memory. ``vae_formats`` are tried in turn when the VAE overflows in 16 bits."""

    retention: Retention
    vae_formats: tuple[torch.dtype, ...]
    unload_faces: bool
    """Whether networks that restore faces leave memory after the job."""


def plan_memory(settings: Settings) -> MemoryPlan:
    """Read A1111's settings: ``limit`` counts loaded models, ``cache`` further ones in main memory."""
    model, vae = settings.model, settings.vae
    aside = model.sd_checkpoints_limit - 1 if model.sd_checkpoints_keep_in_cpu else 0
    retention = Retention(model.sd_checkpoints_limit - aside, model.sd_checkpoint_cache + aside,
                          vae.sd_vae_checkpoint_cache)
    formats = (torch.bfloat16,) if vae.auto_vae_precision_bfloat16 else ()
    return MemoryPlan(retention, (*formats, torch.float32) if vae.auto_vae_precision else formats,
                      settings.faces.face_restoration_unload)
