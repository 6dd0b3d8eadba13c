"""Runs ``p``: A1111's order of calls around the core's plan and pipeline.

Reference: A1111 v1.10.1 ``process_images``. The functions that extensions replace are looked up in the façade.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from modules.compat.conversion import lend_request, pick, with_outputs
from modules.compat.current import CURRENT, RunningJob
from modules.compat.draft import StableDiffusionProcessing, StableDiffusionProcessingTxt2Img
from modules.compat.facade import facade
from modules.compat.gathering import Gathering
from modules.compat.host import HOST
from modules.compat.native_script import native_hooks
from modules.compat.processed import Processed
from modules.compat.scripted_hooks import ScriptedHooks
from modules.generation.joined_hooks import join_hooks
from modules.generation.pipeline import run
from modules.generation.plan import GenerationPlan, plan
from modules.generation.prompt_plan import PlannedImage
from modules.generation.request import GenerationRequest
from modules.generation.run_context import RunContext
from modules.generation.seeds import RANDOM_SEEDS
from modules.prompting.remarks import Remarks
from modules.prompting.wildcards import resolve_wildcards


def process_images(p: StableDiffusionProcessing) -> Processed:
    """Make the pictures that ``p`` asks for. Raises: WebUIError."""
    with _taking_part():
        if p.scripts is not None:
            p.scripts.before_process(p)
        with facade("shared").opts.overlaid(p.override_settings or {}):
            return facade("processing").process_images_inner(p)


def process_images_inner(p: StableDiffusionProcessing) -> Processed:
    """Make them under the settings in force."""
    facade("processing").fix_seed(p)
    pictures = HOST.require().bench.pictures
    with lend_request(p, pictures) as request:
        _fill_in(p, _plan(request))
    if p.scripts is not None:
        p.scripts.process(p)
    with lend_request(p, pictures) as request:
        made = _plan(request)
        processed = _run(p, replace(with_outputs(made, p), images=_images(p)))
    if p.scripts is not None:
        p.scripts.postprocess(p, processed)
    return processed


@contextlib.contextmanager
def _taking_part() -> Iterator[None]:
    """Wait for the model where this is not the worker's thread, and count as a job then."""
    with HOST.require().turn:
        if CURRENT.job is not None:
            yield
            return
        settings = facade("shared").opts.settings()
        with CURRENT.running(RunningJob(RunContext(lambda _: None), settings, scripted=True)):
            yield


def _plan(request: GenerationRequest) -> GenerationPlan:
    host = HOST.require()
    return plan(request, host.bench.surroundings(facade("shared").opts.settings(), host.styles.styles))


def _run(p: StableDiffusionProcessing, made: GenerationPlan) -> Processed:
    job = CURRENT.job
    assert job is not None  # ``process_images`` sees to it
    hooks = ScriptedHooks(p, job)
    live = p is job.main
    if live:  # runs that its scripts begin are none of the job's own
        job.main = None
    gathering = Gathering(p, made, job, live=live)
    context = job.context
    finished = context.finished if live else {}
    try:
        run(made, HOST.require().bench,
            RunContext(gathering.take, context.cancellation, finished, context.job_id,
                       join_hooks([hooks, *native_hooks(p), *(p.generation_hooks or ())])))
    finally:
        hooks.finish()
        gathering.end()
    return gathering.processed()


def _fill_in(p: StableDiffusionProcessing, made: GenerationPlan) -> None:
    """Let ``p`` tell what was chosen. Wildcards still stand in prompts: extensions resolve their own kinds."""
    images, request = made.images, made.request
    p.all_prompts = list(p.prompt) if isinstance(p.prompt, list) else [image.template for image in images]
    p.all_negative_prompts = (list(p.negative_prompt) if isinstance(p.negative_prompt, list)
                              else [image.negative_template for image in images])
    p.all_seeds = list(p.seed) if isinstance(p.seed, list) else [image.seed for image in images]
    p.all_subseeds = list(p.subseed) if isinstance(p.subseed, list) else [image.subseed for image in images]
    p.main_prompt, p.main_negative_prompt = p.all_prompts[0], p.all_negative_prompts[0]
    if isinstance(p, StableDiffusionProcessingTxt2Img) and p.enable_hr:
        own, own_negative = bool(p.hr_prompt), bool(p.hr_negative_prompt)
        p.all_hr_prompts = [image.hires_prompt for image in images] if own else p.all_prompts
        p.all_hr_negative_prompts = ([image.hires_negative_prompt for image in images] if own_negative
                                     else p.all_negative_prompts)
        if made.hires is not None:
            p.hr_upscale_to_x, p.hr_upscale_to_y = made.hires.size.enlarged.width, made.hires.size.enlarged.height
    p.sampler_name = p.sampler_name or request.sampler_name
    p.scheduler = request.scheduler if p.scheduler is None else p.scheduler
    p.restore_faces, p.tiling = made.finishing.face_restorer is not None, made.tiling
    p.sd_model_name, p.sd_model_hash = made.checkpoint.stem, made.checkpoint.short_hash
    p.sd_vae_name = made.vae.name if made.vae else None


def _images(p: StableDiffusionProcessing) -> tuple[PlannedImage, ...]:
    """Return the pictures to make after scripts have had their say."""
    prompts, seeds = p.all_prompts or [], p.all_seeds or []
    count = min(len(prompts), len(seeds), p.n_iter * p.batch_size)
    enabled, source = facade("shared").opts.enable_wildcards, HOST.require().bench.wildcards
    remarks = Remarks()

    def resolve(text: str, seed: int) -> str:
        return resolve_wildcards(text, seed, source, remarks, enabled=enabled)

    made = tuple(_image(p, index, resolve) for index in range(count))
    for text in remarks:
        p.comment(text)
    return made


def _image(p: StableDiffusionProcessing, index: int, resolve: Callable[[str, int], str]) -> PlannedImage:
    seed = int(pick(p.all_seeds, index, 0))
    prompt, negative = str(pick(p.all_prompts, index, "")), str(pick(p.all_negative_prompts, index, ""))
    hires = str(pick(getattr(p, "all_hr_prompts", None), index, prompt))
    hires_negative = str(pick(getattr(p, "all_hr_negative_prompts", None), index, negative))
    return PlannedImage(index, resolve(prompt, seed), resolve(negative, seed), prompt, negative, seed,
                        int(pick(p.all_subseeds, index, 0)), resolve(hires, seed), resolve(hires_negative, seed))


def setup_prompts(p: StableDiffusionProcessing) -> None:
    """Write out every picture's prompts, with styles."""
    with lend_request(p, HOST.require().bench.pictures) as request:
        _fill_in(p, _plan(request))


def get_fixed_seed(seed: Any) -> int | list[int]:
    """Return a seed that is one: a random one in the place of -1, nothing, and what is no number."""
    if isinstance(seed, list):
        return seed
    try:
        number = int(seed)
    except (TypeError, ValueError):
        number = -1
    return secrets.randbelow(RANDOM_SEEDS) if number == -1 else number


def fix_seed(p: StableDiffusionProcessing) -> None:
    """Choose the seeds that were left to chance."""
    p.seed = get_fixed_seed(p.seed)  # type: ignore[assignment]
    p.subseed = get_fixed_seed(p.subseed)  # type: ignore[assignment]


def program_version() -> str:
    """Return the version that infotexts tell."""
    return HOST.require().bench.version
