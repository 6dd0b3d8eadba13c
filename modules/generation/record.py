"""What is written about a picture: the fields of its infotext, and the facts that file names use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from modules.artefacts.filename_patterns import PictureFacts
from modules.artefacts.record import GenerationRecord
from modules.generation.picture_plan import FILL_NAMES, MaskPlan
from modules.generation.plan import GenerationPlan
from modules.generation.prompt_plan import PlannedImage
from modules.generation.request import GenerationRequest
from modules.generation.soft_blending import infotext_of
from modules.sampling.registry import REGISTRY


@dataclass(frozen=True)
class ModelFacts:
    """The model as pictures name it."""

    name: str
    short_hash: str | None
    vae_name: str | None = None
    vae_short_hash: str | None = None

    @property
    def title(self) -> str:
        """How an infotext names a checkpoint beside the first."""
        return f"{self.name} [{self.short_hash}]" if self.short_hash else self.name


@dataclass(frozen=True)
class RunFacts:
    """What is known only once a batch has been sampled."""

    model: ModelFacts
    version: str
    sampling: Mapping[str, Any]
    """Infotext fields that sampling found out: the schedule really used, hashes of networks, emphasis."""
    sees_mask: bool
    """Whether the model is one for inpainting."""
    hires_checkpoint: ModelFacts | None
    init_hash: str | None
    started: datetime


def describe(plan: GenerationPlan, image: PlannedImage, facts: RunFacts) -> GenerationRecord:
    """Return what the infotext of one picture says. Reference: A1111 v1.10.1 ``create_infotext``."""
    written, request = plan.infotext, plan.request
    varied = request.subseed_strength != 0
    fields: dict[str, Any] = {
        "Steps": request.steps,
        "Sampler": plan.sampling.sampler,
        "Schedule type": plan.sampling.scheduler,
        "CFG scale": request.cfg_scale,
        "Seed": image.seed,
        "Size": str(plan.told_size),
        "Model hash": facts.model.short_hash if written.model_hash else None,
        "Model": facts.model.name if written.model_name else None,
        "VAE hash": facts.model.vae_short_hash if written.vae_hash else None,
        "VAE": facts.model.vae_name if written.vae_name else None,
        "Variation seed": image.subseed if varied else None,
        "Variation seed strength": request.subseed_strength if varied else None,
        "Seed resize from": str(plan.noise.resize_from) if plan.noise.resize_from else None,
        "Face restoration": plan.finishing.face_restorer,
        "Tiling": True if plan.tiling else None,
        **_hires_fields(plan, image, facts),
        **_picture_fields(plan, facts),
        "Clip skip": plan.text.clip_skip if plan.text.clip_skip > 1 else None,
        "ENSD": plan.noise.seed_delta if _uses_ensd(plan) else None,
        "RNG": plan.noise.source if plan.noise.source != "GPU" else None,
        **facts.sampling,
        "Template": image.template if image.template != image.prompt else None,
        "Negative Template": image.negative_template if image.negative_template != image.negative_prompt else None,
        "Version": facts.version if written.version else None,
    }
    return GenerationRecord(image.prompt, image.negative_prompt, fields)


def _hires_fields(plan: GenerationPlan, image: PlannedImage, facts: RunFacts) -> dict[str, Any]:
    """Return what is written about the second pass."""
    hires, request = plan.hires, plan.request
    if hires is None:
        return {}
    other = hires.sampling.sampler != plan.sampling.sampler
    own, negative = image.hires_prompt, image.hires_negative_prompt
    resized = bool(request.hr_resize_x or request.hr_resize_y)
    checkpoint = facts.hires_checkpoint
    return {
        "Denoising strength": hires.denoising_strength,
        "Hires checkpoint": checkpoint.title if checkpoint else None,
        "Hires sampler": hires.sampling.sampler if other else None,
        "Hires prompt": own if own != image.prompt else None,
        "Hires negative prompt": negative if negative != image.negative_prompt else None,
        "Hires upscale": None if resized else request.hr_scale,
        "Hires resize": f"{request.hr_resize_x}x{request.hr_resize_y}" if resized else None,
        "Hires steps": request.hr_second_pass_steps or None,
        "Hires upscaler": request.hr_upscaler,
    }


def _picture_fields(plan: GenerationPlan, facts: RunFacts) -> dict[str, Any]:
    """Return what is written about the picture that was started from."""
    picture, weight = plan.picture, 1.0
    if picture is not None:
        weight = picture.conditioning_mask_weight
    fields: dict[str, Any] = {"Conditional mask weight": weight if facts.sees_mask else None}
    if picture is None:
        return fields
    fields |= {"Denoising strength": picture.denoising_strength, "Init image hash": facts.init_hash}
    if picture.outpainting is not None:
        fields |= _outpainting_fields(plan.request)
    return fields | (_mask_fields(picture.mask) if picture.mask else {})


def _mask_fields(mask: MaskPlan) -> dict[str, Any]:
    return {
        **infotext_of(mask.soft),
        "Mask mode": "Inpaint not masked" if mask.inverted else None,
        "Mask blur": mask.blur_x if mask.blur_x == mask.blur_y and mask.blur_x > 0 else None,
        "Inpaint area": "Only masked" if mask.only_masked else None,
        "Masked area padding": mask.padding_px if mask.only_masked else None,
        "Masked content": FILL_NAMES.get(mask.content),
    }


def _outpainting_fields(request: GenerationRequest) -> dict[str, Any]:
    asked = request.outpainting
    assert asked is not None
    return {
        "Outpaint": " ".join(f"{side} {getattr(asked, side)}" for side in ("left", "right", "up", "down")
                             if getattr(asked, side)),
        "Outpaint fill": asked.fill, "Outpaint mask blur": asked.mask_blur,
        "Outpaint fall-off": asked.falloff_exponent, "Outpaint color variation": asked.color_variation,
        "Outpaint seam pass": True if asked.seam_pass else None,
    }


def name_facts(plan: GenerationPlan, image: PlannedImage, facts: RunFacts) -> PictureFacts:
    """Return what file name patterns can say about one picture."""
    request = plan.request
    return PictureFacts(
        prompt=image.prompt, negative_prompt=image.negative_prompt, seed=image.seed,
        job_seeds=tuple(planned.seed for planned in plan.images), steps=request.steps, cfg=request.cfg_scale,
        sampler=plan.sampling.sampler, scheduler=facts.sampling.get("Schedule type", plan.sampling.scheduler),
        model_name=facts.model.name, model_hash=facts.model.short_hash,
        vae_filename=facts.model.vae_name, styles=request.styles, denoising=_denoising(plan),
        style_prompts=plan.style_prompts, clip_skip=plan.text.clip_skip, batch_size=request.batch_size,
        batch_count=request.batch_count, batch_index=image.index % request.batch_size,
        iteration=image.index // request.batch_size, job_started=facts.started, saved=datetime.now())


def _uses_ensd(plan: GenerationPlan) -> bool:
    """Whether the seed delta is written: the sampler draws noise on the way, and eta lets it count."""
    options = plan.sampling
    eta = options.eta_ancestral if options.eta is None else options.eta
    return bool(plan.noise.seed_delta) and eta != 0 and REGISTRY.current.sampler(options.sampler).uses_ensd


def _denoising(plan: GenerationPlan) -> float | None:
    if plan.picture is not None:
        return plan.picture.denoising_strength
    return plan.hires.denoising_strength if plan.hires else None
