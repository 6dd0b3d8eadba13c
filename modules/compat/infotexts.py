"""Infotexts of scripted runs: the core's record, and what scripts add to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from modules.artefacts.infotext import write_infotext
from modules.artefacts.record import GenerationRecord
from modules.compat.conversion import lend_request, pick
from modules.compat.draft import StableDiffusionProcessing
from modules.compat.facade import facade
from modules.compat.host import HOST
from modules.generation.plan import plan
from modules.generation.record import ModelFacts, RunFacts, describe

RECORD = "_record"
"""The attribute of ``p`` that holds what the core said about the newest picture."""


def create_infotext(p: StableDiffusionProcessing, all_prompts: list[str], all_seeds: list[int],
                    all_subseeds: list[int], comments: Any = None, iteration: int = 0, position_in_batch: int = 0,
                    use_main_prompt: bool = False, index: int | None = None,
                    all_negative_prompts: list[str] | None = None) -> str:
    """Write the infotext of one picture. Reference: A1111 v1.10.1 ``create_infotext``."""
    if index is None:
        index = position_in_batch + iteration * p.batch_size
    record = getattr(p, RECORD, None) or _planned_record(p)
    negatives = all_negative_prompts or p.all_negative_prompts
    prompt = p.main_prompt if use_main_prompt else pick(all_prompts, index, record.prompt)
    negative = p.main_negative_prompt if use_main_prompt else pick(negatives, index, record.negative_prompt)
    seed = all_seeds[0] if use_main_prompt and all_seeds else pick(all_seeds, index, record.fields.get("Seed"))
    fields = {**record.fields, "Seed": seed}
    if fields.get("Variation seed") is not None:
        fields["Variation seed"] = pick(all_subseeds, 0 if use_main_prompt else index, fields["Variation seed"])
    return write_infotext(GenerationRecord(prompt or "", negative or "", with_extras(fields, p, index)))


def with_extras(fields: Mapping[str, object], p: StableDiffusionProcessing, index: int) -> dict[str, object]:
    """Add what scripts want written; what they name like a field of the core takes its place."""
    extras = {}
    for key, value in (p.extra_generation_params or {}).items():
        extras[key] = value(p=p, index=index) if callable(value) else value
    return {**fields, **extras}


def _planned_record(p: StableDiffusionProcessing) -> GenerationRecord:
    """Return what is known before anything was made."""
    host = HOST.require()
    with lend_request(p, host.bench.pictures) as request:
        made = plan(request, host.bench.surroundings(facade("shared").opts.settings(), host.styles.styles))
    entry = made.checkpoint
    facts = RunFacts(ModelFacts(entry.stem, entry.short_hash), host.bench.version, {}, False, None, None,
                     datetime.now())
    return describe(made, made.images[0], facts)
