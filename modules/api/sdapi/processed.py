"""The ``info`` of an answer: what A1111's ``Processed.js`` tells about finished pictures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from modules.artefacts.infotext import unquote
from modules.artefacts.parsing import parse_infotext, scan_pairs
from modules.generation.plan import plan
from modules.generation.prompt_plan import PlannedImage
from modules.jobs.generation_runner import StoredGeneration
from modules.jobs.generation_service import GenerationService
from modules.jobs.job import Job, PictureRecord

TIMESTAMP = "%Y%m%d%H%M%S"
_OWN_PLACE = frozenset((
    "Steps", "Sampler", "CFG scale", "Image CFG scale", "Seed", "Size", "Model hash", "Model", "VAE hash", "VAE",
    "Variation seed", "Variation seed strength", "Seed resize from", "Denoising strength", "Clip skip", "ENSD", "RNG",
    "Face restoration", "Version", "User", "Conditional mask weight", "Init image hash", "Tiling",
))
"""Keys of an infotext that are no ``extra_generation_params``."""


def ordered_pictures(job: Job, *, with_grid: bool) -> list[PictureRecord]:
    """Return the pictures as A1111's gallery has them: the grid first, where there is one; masks after theirs."""
    left_out = {"unlisted"} if with_grid else {"unlisted", "grid"}
    shown = [picture for picture in job.pictures if picture.kind not in left_out]
    return sorted(shown, key=lambda picture: (picture.kind != "grid", picture.index, picture.kind != "image"))


def describe_result(job: Job, pictures: Sequence[PictureRecord], service: GenerationService) -> str:
    """Return the JSON text. Raises: WebUIError where the job cannot be planned again."""
    stored = StoredGeneration.from_json(job.request)
    made = plan(stored.request, service.bench.surroundings(stored.settings, service.styles.styles))
    request = made.request
    lines = _parameters(pictures[0].infotext) if pictures else {}
    scripted = bool(pictures) and service.scripts.takes_part(request)
    images = _made_by_script(pictures) if scripted else [Told.of(image) for image in made.images]
    values: dict[str, Any] = {
        "prompt": images[0].prompt,
        "all_prompts": [image.prompt for image in images],
        "negative_prompt": images[0].negative_prompt,
        "all_negative_prompts": [image.negative_prompt for image in images],
        "seed": images[0].seed,
        "all_seeds": [image.seed for image in images],
        "subseed": images[0].subseed,
        "all_subseeds": [image.subseed for image in images],
        "subseed_strength": request.subseed_strength,
        "width": request.width,
        "height": request.height,
        "sampler_name": request.sampler_name,
        "cfg_scale": request.cfg_scale,
        "steps": request.steps,
        "batch_size": request.batch_size,
        "restore_faces": bool(request.restore_faces),
        "face_restoration_model": lines.get("Face restoration"),
        "sd_model_name": lines.get("Model", made.checkpoint.stem),
        "sd_model_hash": lines.get("Model hash", made.checkpoint.short_hash),
        "sd_vae_name": lines.get("VAE", made.vae.name if made.vae else None),
        "sd_vae_hash": lines.get("VAE hash"),
        "seed_resize_from_w": request.seed_resize_from_w or -1,
        "seed_resize_from_h": request.seed_resize_from_h or -1,
        "denoising_strength": request.denoising_strength,
        "extra_generation_params": {key: value for key, value in lines.items() if key not in _OWN_PLACE},
        "index_of_first_image": sum(picture.kind == "grid" for picture in pictures),
        "infotexts": [picture.infotext for picture in pictures],
        "styles": list(request.styles),
        "job_timestamp": datetime.fromtimestamp(job.started_s or job.created_s).strftime(TIMESTAMP),
        "clip_skip": int(lines.get("Clip skip", 1)),
        "is_using_inpainting_conditioning": False,
        "version": service.bench.version,
        "comments": list(job.comments),
    }
    return json.dumps(values)


@dataclass(frozen=True)
class Told:
    """What is told of one picture."""

    prompt: str
    negative_prompt: str
    seed: int
    subseed: int

    @classmethod
    def of(cls, image: PlannedImage) -> Told:
        return cls(image.prompt, image.negative_prompt, image.seed, image.subseed)


def _made_by_script(pictures: Sequence[PictureRecord]) -> list[Told]:
    """Read off the pictures themselves what scripts have made of a request."""
    own = [picture for picture in pictures if picture.kind != "grid"] or list(pictures)
    texts = [(picture, parse_infotext(picture.infotext).fields) for picture in own]
    return [Told(fields.get("Prompt", ""), fields.get("Negative prompt", ""), picture.seed,
                 _whole(fields.get("Variation seed"))) for picture, fields in texts]


def _whole(value: Any) -> int:
    """Read a number of an infotext; -1 where there is none."""
    try:
        return int(value)
    except (TypeError, ValueError):
        return -1


def _parameters(infotext: str) -> dict[str, str]:
    """Read the last line of an infotext."""
    return {key: unquote(raw) for key, raw in scan_pairs(infotext.rsplit("\n", 1)[-1])}
