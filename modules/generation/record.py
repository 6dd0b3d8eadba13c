"""What is written about a picture: the fields of its infotext, and the facts that file names use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from modules.artefacts.filename_patterns import PictureFacts
from modules.artefacts.infotext import write_infotext
from modules.artefacts.record import GenerationRecord
from modules.generation.plan import GenerationPlan, PlannedImage
from modules.sampling.registry import BUILTIN


@dataclass(frozen=True)
class ModelFacts:
    """The model as pictures name it."""

    name: str
    short_hash: str | None
    vae_name: str | None = None
    vae_short_hash: str | None = None


@dataclass(frozen=True)
class RunFacts:
    """What is known only once a batch has been sampled."""

    model: ModelFacts
    version: str
    sampling: Mapping[str, Any]
    """Infotext fields of the sampling run, the schedule really used among them."""
    prompting: Mapping[str, Any]
    """Infotext fields of the prompts: emphasis, embeddings, timelines."""
    started: datetime


def describe(plan: GenerationPlan, image: PlannedImage, facts: RunFacts) -> str:
    """Return the infotext of one picture. Reference: A1111 v1.10.1 ``create_infotext``."""
    written, request = plan.infotext, plan.request
    varied = request.subseed_strength != 0
    fields: dict[str, Any] = {
        "Steps": request.steps,
        "Sampler": plan.sampling.sampler,
        "Schedule type": plan.sampling.scheduler,
        "CFG scale": request.cfg_scale,
        "Seed": image.seed,
        "Size": str(plan.size),
        "Model hash": facts.model.short_hash if written.model_hash else None,
        "Model": facts.model.name if written.model_name else None,
        "VAE hash": facts.model.vae_short_hash if written.vae_hash else None,
        "VAE": facts.model.vae_name if written.vae_name else None,
        "Variation seed": image.subseed if varied else None,
        "Variation seed strength": request.subseed_strength if varied else None,
        "Seed resize from": str(plan.noise.resize_from) if plan.noise.resize_from else None,
        "Clip skip": plan.text.clip_skip if plan.text.clip_skip > 1 else None,
        "ENSD": plan.noise.seed_delta if _uses_ensd(plan) else None,
        "RNG": plan.noise.source if plan.noise.source != "GPU" else None,
        **facts.prompting,
        **facts.sampling,
        "Template": image.template if image.template != image.prompt else None,
        "Negative Template": image.negative_template if image.negative_template != image.negative_prompt else None,
        "Version": facts.version if written.version else None,
    }
    return write_infotext(GenerationRecord(image.prompt, image.negative_prompt, fields))


def name_facts(plan: GenerationPlan, image: PlannedImage, facts: RunFacts) -> PictureFacts:
    """Return what file name patterns can say about one picture."""
    request = plan.request
    return PictureFacts(
        prompt=image.prompt, negative_prompt=image.negative_prompt, seed=image.seed,
        job_seeds=tuple(planned.seed for planned in plan.images), steps=request.steps, cfg=request.cfg_scale,
        sampler=plan.sampling.sampler, scheduler=facts.sampling.get("Schedule type", plan.sampling.scheduler),
        model_name=facts.model.name, model_hash=facts.model.short_hash,
        vae_filename=facts.model.vae_name, styles=request.styles,
        style_prompts=plan.style_prompts, clip_skip=plan.text.clip_skip, batch_size=request.batch_size,
        batch_count=request.batch_count, batch_index=image.index % request.batch_size,
        iteration=image.index // request.batch_size, job_started=facts.started, saved=datetime.now())


def _uses_ensd(plan: GenerationPlan) -> bool:
    """Whether the seed delta is written: the sampler draws noise on the way, and eta lets it count."""
    options = plan.sampling
    eta = options.eta_ancestral if options.eta is None else options.eta
    return bool(plan.noise.seed_delta) and eta != 0 and BUILTIN.sampler(options.sampler).uses_ensd
