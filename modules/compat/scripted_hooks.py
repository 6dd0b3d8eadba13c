"""Calls the scripts of a tab at the stages of a run, in A1111's order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from PIL import Image
from torch import Tensor

from modules.artefacts.record import GenerationRecord
from modules.artefacts.saving import PictureDraft, SavedArtefact
from modules.compat.callbacks import ImageGridLoopParams, ImageSaveParams, call_back, listening
from modules.compat.conditionings import as_conditionings, replaced_guidance
from modules.compat.conversion import pick
from modules.compat.current import RunningJob
from modules.compat.denoising import denoising_hooks
from modules.compat.draft import StableDiffusionProcessing
from modules.compat.facade import facade
from modules.compat.infotexts import RECORD
from modules.compat.plugin_networks import PluginNetworks
from modules.compat.scripts.arguments import (
    PostprocessBatchListArgs,
    PostprocessImageArgs,
    PostProcessMaskOverlayArgs,
    PostSampleArgs,
)
from modules.generation.hooks import BatchDraft, DecodedBatch, GenerationHooks, Overlay, PassDraft, TextDraft
from modules.generation.prompt_plan import PlannedImage
from modules.sampling.conditioning import GuidanceInput
from modules.sampling.hooks import SamplingHooks

if TYPE_CHECKING:
    from modules.engine.loaded_model import LoadedModel

PARAMETERS = "parameters"
UNNUMBERED = 1_000_000
"""Pictures that a script adds to a batch are numbered from here on."""


class ScriptedHooks(GenerationHooks):
    """Stands between one run and the scripts of ``p``."""

    def __init__(self, p: StableDiffusionProcessing, job: RunningJob) -> None:
        self._p = p
        self._job = job
        self._networks = PluginNetworks(p)
        self._numbers = count(UNNUMBERED)
        self._images: Sequence[PlannedImage] = ()

    @property
    def network_kinds(self) -> frozenset[str]:  # type: ignore[override]
        return self._networks.kinds

    @property
    def sampling(self) -> SamplingHooks | None:
        return denoising_hooks(self._p, self._job)

    def wants(self, name: str) -> bool:
        """Decode batches whole, and save on the thread that makes pictures, only where a script looks."""
        if name == "decoded":
            return self._listens("postprocess_batch") or self._listens("postprocess_batch_list")
        if name == "before_saving":
            return bool(listening("before_image_saved"))
        return super().wants(name) if name != "saved" else bool(listening("image_saved"))

    def model_ready(self, model: LoadedModel) -> None:
        facade("sd_models").note_loaded(model)

    def begin_batch(self, batch: BatchDraft) -> None:
        p = self._p
        p.iteration, p.is_hr_pass = batch.number, False
        self._show_batch(batch.images)
        self._call("before_process_batch", batch_number=batch.number, **self._texts())
        batch.images[:] = self._rewritten(batch.images)
        self._images = batch.images

    def networks_ready(self, texts: TextDraft) -> None:
        p = self._p
        data = self._networks.activate(texts.tags)
        if texts.second:
            p.hr_extra_network_data = data  # type: ignore[attr-defined]
            return
        p.extra_network_data = data
        p.prompts, p.negative_prompts = list(texts.prompts), list(texts.negatives)
        if not p.disable_extra_networks:
            self._call("after_extra_networks_activate", batch_number=p.iteration, **self._texts(),
                       extra_network_data=data)

    def before_encoding(self, texts: TextDraft) -> None:
        p = self._p
        if texts.second:
            p.hr_prompts, p.hr_negative_prompts = texts.prompts, texts.negatives  # type: ignore[attr-defined]
            return
        self._call("process_batch", batch_number=p.iteration, **self._texts())
        texts.prompts[:] = _fitting(p.prompts, texts.prompts)
        texts.negatives[:] = _fitting(p.negative_prompts, texts.negatives)

    def conditioning(self, guidance: GuidanceInput, texts: TextDraft) -> GuidanceInput:
        return replaced_guidance(self._p, guidance, texts)

    def before_second_pass(self, images: Sequence[PlannedImage]) -> None:
        self._p.is_hr_pass = True
        self._call("before_hr")

    def begin_pass(self, draft: PassDraft) -> None:
        p = self._p
        cond, uncond = as_conditionings(draft.guidance)
        if draft.second:
            p.hr_c, p.hr_uc = cond, uncond  # type: ignore[attr-defined]
        else:
            p.c, p.uc = cond, uncond
        x = draft.noise if draft.latents is None else draft.latents
        p.init_latent = draft.latents  # type: ignore[attr-defined]
        self._call("process_before_every_sampling", x=x, noise=draft.noise, c=cond, uc=uncond)

    def sampled(self, latents: Tensor, images: Sequence[PlannedImage]) -> Tensor:
        args = PostSampleArgs(latents)
        self._call("post_sample", args)
        self._job.current_latent = args.samples
        return args.samples

    def decoded(self, batch: DecodedBatch) -> None:
        p, number = self._p, self._p.iteration
        self._show_batch(batch.images)
        stacked = torch.stack(batch.pixels)
        if p.scripts is not None:
            p.scripts.postprocess_batch(p, stacked, batch_number=number)
        args = PostprocessBatchListArgs(list(stacked))
        self._call("postprocess_batch_list", args, batch_number=number)
        images = [batch.images[min(index, len(batch.images) - 1)] for index in range(len(args.images))]
        images[len(batch.images):] = [replace(image, index=next(self._numbers))
                                      for image in images[len(batch.images):]]
        batch.images[:] = self._rewritten(images)
        batch.pixels[:] = args.images
        self._images = batch.images

    def image(self, image: Image.Image, planned: PlannedImage) -> Image.Image:
        self._p.batch_index = self._position(planned)
        return self._replaced("postprocess_image", image)

    def overlay(self, overlay: Overlay, planned: PlannedImage) -> None:
        args = PostProcessMaskOverlayArgs(planned.index, overlay.mask, overlay.original)
        self._call("postprocess_maskoverlay", args)
        overlay.mask, overlay.original = args.mask_for_overlay, args.overlay_image

    def composed(self, image: Image.Image, planned: PlannedImage) -> Image.Image:
        return self._replaced("postprocess_image_after_composite", image)

    def describe(self, record: GenerationRecord, planned: PlannedImage) -> str:
        p = self._p
        setattr(p, RECORD, record)
        self._show_batch(self._images)
        return facade("processing").create_infotext(
            p, p.prompts, p.seeds, p.subseeds, use_main_prompt=False, index=self._position(planned),
            all_negative_prompts=p.negative_prompts)

    def before_saving(self, draft: PictureDraft, planned: PlannedImage) -> PictureDraft:
        pnginfo = {PARAMETERS: draft.text.infotext, **draft.text.others}
        params = ImageSaveParams(draft.image, self._p, str(draft.path), pnginfo)
        call_back("before_image_saved", params)
        others = {key: str(value) for key, value in params.pnginfo.items() if key != PARAMETERS}
        text = replace(draft.text, infotext=params.pnginfo.get(PARAMETERS) or "", others=others)
        return PictureDraft(params.image, text, Path(params.filename))

    def saved(self, artefact: SavedArtefact, image: Image.Image, planned: PlannedImage) -> None:
        image.already_saved_as = str(artefact.path)  # type: ignore[attr-defined]
        infotext = image.info.get(PARAMETERS, "")
        call_back("image_saved", ImageSaveParams(image, self._p, str(artefact.path), {PARAMETERS: infotext}))

    def grid(self, images: list[Image.Image], columns: int, rows: int) -> list[Image.Image]:
        params = ImageGridLoopParams(images, columns, rows)
        call_back("image_grid", params)
        return params.imgs

    def finish(self) -> None:
        """Put the networks of plugins away."""
        self._networks.deactivate()

    def _listens(self, hook: str) -> bool:
        return self._p.scripts is not None and self._p.scripts.listens_to(hook)

    def _call(self, hook: str, *args: Any, **kwargs: Any) -> None:
        if self._p.scripts is not None:
            getattr(self._p.scripts, hook)(self._p, *args, **kwargs)

    def _replaced(self, hook: str, image: Image.Image) -> Image.Image:
        args = PostprocessImageArgs(image)
        self._call(hook, args)
        return args.image

    def _texts(self) -> dict[str, Any]:
        return {"prompts": self._p.prompts, "seeds": self._p.seeds, "subseeds": self._p.subseeds}

    def _show_batch(self, images: Sequence[PlannedImage]) -> None:
        """Let ``p`` tell of a batch."""
        p = self._p
        p.prompts = [image.prompt for image in images]
        p.negative_prompts = [image.negative_prompt for image in images]
        p.seeds = [image.seed for image in images]
        p.subseeds = [image.subseed for image in images]

    def _rewritten(self, images: Sequence[PlannedImage]) -> list[PlannedImage]:
        """Take over what scripts wrote into the lists of ``p``."""
        p = self._p
        return [_rewrite(image, prompt=str(pick(p.prompts, index, image.prompt)),
                         negative=str(pick(p.negative_prompts, index, image.negative_prompt)),
                         seed=int(pick(p.seeds, index, image.seed)),
                         subseed=int(pick(p.subseeds, index, image.subseed)))
                for index, image in enumerate(images)]

    def _position(self, planned: PlannedImage) -> int:
        return next((index for index, image in enumerate(self._images) if image.index == planned.index), 0)


def _rewrite(image: PlannedImage, *, prompt: str, negative: str, seed: int, subseed: int) -> PlannedImage:
    """Return the picture with other texts; the second pass's follow where they were the same."""
    hires = prompt if image.hires_prompt == image.prompt else image.hires_prompt
    hires_negative = negative if image.hires_negative_prompt == image.negative_prompt else image.hires_negative_prompt
    return replace(
        image, prompt=prompt, negative_prompt=negative, seed=seed, subseed=subseed, hires_prompt=hires,
        hires_negative_prompt=hires_negative,
        template=image.template if image.prompt == prompt else prompt,
        negative_template=image.negative_template if image.negative_prompt == negative else negative)


def _fitting(values: list[str] | None, asked: Sequence[str]) -> list[str]:
    """Return as many texts as there are pictures."""
    return [str(pick(values, index, text)) for index, text in enumerate(asked)]
