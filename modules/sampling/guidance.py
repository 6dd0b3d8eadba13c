"""Guided denoising: one batched model call for what the picture should and should not show.

Reference: classifier-free guidance, arXiv:2207.12598; composition, arXiv:2206.01714; the order of
events is A1111 v1.10.1's ``CFGDenoiser``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from modules.foundation.cancellation import Cancellation
from modules.sampling.conditioning import GuidanceInput, ScheduledTexts, TextBatch, TextPair, append_empty, fit_tokens
from modules.sampling.denoiser import DiffusionModel, ModelBatch, ModelView, ViewOf
from modules.sampling.hooks import Combination, ModelCall, SamplingHooks
from modules.sampling.masking import LatentMask
from modules.sampling.options import SamplingOptions
from modules.sampling.registry import SamplerSpec


class Interrupted(Exception):
    """Somebody asked the run to stop; it ends with the latest denoised latent."""


@dataclass(frozen=True)
class ImageConditioning:
    """What some models see besides text. Shapes: [N, k, h, w], or [N, V] for unCLIP."""

    tensor: Tensor
    kind: Literal["concat", "edit", "unclip"] = "concat"


@dataclass(frozen=True)
class Refiner:
    """A second model that takes over on the way."""

    switch_at: float
    """Share of the way from pure noise. Range: 0 to 1."""
    load: Callable[[], tuple[DiffusionModel, GuidanceInput]]


@dataclass(frozen=True)
class GuidanceSetup:
    """All that stays the same during a run."""

    guidance: GuidanceInput
    options: SamplingOptions
    spec: SamplerSpec
    view_of: ViewOf
    infotext: dict[str, Any]
    image: ImageConditioning | None = None
    mask: LatentMask | None = None
    hooks: SamplingHooks | None = None
    cancellation: Cancellation | None = None
    refiner: Refiner | None = None


class GuidedDenoiser:
    """The ``denoise`` that solvers call. For timestep samplers it predicts noise instead.

    ``step`` counts the evaluations made; ``uncond`` is the unconditional half of the last one.
    """

    uncond: Tensor
    _text_pair: TextPair

    def __init__(self, setup: GuidanceSetup, view: ModelView, steps: int) -> None:
        self._setup = setup
        self._hooks = setup.hooks or SamplingHooks()
        self._refiner = setup.refiner
        self.step, self.steps, self.total_steps = 0, steps, setup.spec.total_steps(steps)
        if setup.image is not None and setup.image.kind == "edit" and setup.options.image_cfg_scale is not None:
            setup.infotext["Image CFG scale"] = setup.options.image_cfg_scale
        self.last: tuple[Tensor, Tensor, float] | None = None
        """x, raw outputs and level of the last evaluation."""
        self._use(view, setup.guidance)

    def _use(self, view: ModelView, guidance: GuidanceInput) -> None:
        self.view, self._guidance = view, guidance
        branches = [branch for image in guidance.cond for branch in image]
        self._cond = ScheduledTexts([branch.schedule for branch in branches])
        self._uncond = ScheduledTexts(guidance.uncond)
        self._parts = _number_parts(guidance)
        owners = [image for image, parts in enumerate(self._parts) for _ in parts]
        self._cond_rows = len(owners)
        owners += list(range(len(guidance))) * (2 if self._edits else 1)
        self._text_source: tuple[TextBatch, TextBatch] | None = None
        self._row_owners, self._owners = tuple(owners), torch.tensor(owners)

    @property
    def _edits(self) -> bool:
        image, scale = self._setup.image, self._setup.options.image_cfg_scale
        return image is not None and image.kind == "edit" and scale not in (None, 1.0)

    def __call__(self, x: Tensor, level: float) -> Tensor:
        self._stop_if_asked()
        self._refine(level)
        mask = self._setup.mask
        on_timesteps = self._setup.spec.view == "timestep"
        if mask and on_timesteps:
            x = mask.blend(x, self, level)
        call = self._assemble(x, level)
        self._hooks.before_model(call)
        skip = self._skips_uncond(level)
        outputs = self._evaluate(call, skip)
        self._hooks.after_model(outputs, self)
        self.last, self.uncond = (x, outputs, level), outputs[-len(self._parts):]
        result = self._combine(outputs, call, 1.0 if skip else self._scale)
        if mask and not on_timesteps:
            result = mask.blend(result, self, level)
        result = self._hooks.after_guidance(result, self)
        self.step += 1
        return result

    def preview(self, *, negative: bool = False) -> Tensor:
        """Give the denoised latents of the first part of each prompt, or of the negative prompt."""
        assert self.last is not None, "there is no preview before the first evaluation"
        x, outputs, level = self.last
        chosen = outputs[-len(self._parts):] if negative else outputs[[parts[0][0] for parts in self._parts]]
        return self.view.denoised(x, chosen, level)

    @property
    def _scale(self) -> float:
        return self._setup.options.cfg_scale * self._setup.spec.guidance_scale

    def _stop_if_asked(self) -> None:
        if self._setup.cancellation is not None and self._setup.cancellation.stop_now:
            raise Interrupted

    def _refine(self, level: float) -> None:
        by_steps = self._setup.options.refiner_switch_by_sample_steps
        if by_steps:
            self._setup.infotext["Refiner switch by sampling steps"] = True
        if self._refiner is None:
            return
        completed = self.step / self.total_steps if by_steps else self.view.completed(level)
        if completed >= self._refiner.switch_at:
            model, guidance = self._refiner.load()
            self._refiner = None
            self._use(self._setup.view_of(model), guidance)

    def _assemble(self, x: Tensor, level: float) -> ModelCall:
        if self._owners.device != x.device:
            self._owners = self._owners.to(x.device)
        cond, uncond = self._cond.at(self.step), self._uncond.at(self.step)
        if self._setup.hooks is not None:  # hooks may write into what is kept for the next step
            cond, uncond = cond.copy(), uncond.copy()
        rows = x.index_select(0, self._owners)
        sigma = torch.full((len(rows),), level, device=x.device, dtype=x.dtype)
        return ModelCall(rows, sigma, self._image_rows(), cond, uncond, self)

    def _image_rows(self) -> Tensor | None:
        image = self._setup.image
        if image is None:
            return None
        rows = image.tensor.to(self._owners.device).index_select(0, self._owners)
        if image.kind == "unclip" or self._edits:
            rows[-len(self._parts):] = 0
        return rows

    def _skips_uncond(self, level: float) -> bool:
        options, infotext = self._setup.options, self._setup.infotext
        if self._edits:
            return False
        if options.skip_early_cond and self.step / self.total_steps <= options.skip_early_cond:
            infotext["Skip Early CFG"] = options.skip_early_cond
            return True
        if (self.step % 2 or options.s_min_uncond_all) and level < options.s_min_uncond:
            infotext["NGMS"] = options.s_min_uncond
            if options.s_min_uncond_all:
                infotext["NGMS all steps"] = True
            return True
        return self._ignores_uncond

    @property
    def _ignores_uncond(self) -> bool:
        """Whether guidance is an identity, so that half the work can be saved."""
        return (self._scale == 1 and self._guidance.plain and self._setup.hooks is None
                and self._setup.spec.guidance_scale == 1)

    def _evaluate(self, call: ModelCall, skip: bool) -> Tensor:
        """Run the model on all rows; skipped unconditional rows repeat each image's first part."""
        texts = self._texts(call)
        images, count, batched = len(self._parts), self._cond_rows, self._setup.options.batch_cond_uncond
        if skip:
            outputs = self._run(call, texts.cond, slice(0, count), count if batched else images)
            return torch.cat([outputs, outputs[[parts[0][0] for parts in self._parts]]])
        rows = len(call.x)
        if texts.cond.tokens == texts.uncond.tokens:
            return self._run(call, texts.joined, slice(0, rows), rows if batched else images)
        return torch.cat([self._run(call, texts.cond, slice(0, count), 2 * images if batched else images),
                          self._run(call, texts.uncond, slice(count, rows), rows - count)])

    def _run(self, call: ModelCall, text: TextBatch, rows: slice, piece: int) -> Tensor:
        image = None if call.image_cond is None else call.image_cond[rows]
        if image is not None and self._setup.image is not None and self._setup.image.kind == "unclip":
            text, image = TextBatch(text.cross, image), None
        batch = ModelBatch(call.x[rows], call.sigma[rows], text, self._row_owners[rows], image)
        outputs = []
        for start in range(0, len(batch.x), piece):
            self._stop_if_asked()
            outputs.append(self.view(batch.rows(slice(start, start + piece))))
        return outputs[0] if len(outputs) == 1 else torch.cat(outputs)

    def _texts(self, call: ModelCall) -> TextPair:
        """Bring the texts of a call to one length; while they stay the same, so does the pair."""
        source = call.text_cond, call.text_uncond
        if self._text_source is None or any(a is not b for a, b in zip(source, self._text_source)):
            cond, uncond = self._padded(*source)
            self._text_source = source
            self._text_pair = TextPair(cond, uncond.joined(uncond) if self._edits else uncond)
        return self._text_pair

    def _padded(self, cond: TextBatch, uncond: TextBatch) -> tuple[TextBatch, TextBatch]:
        """Fill the shorter text where an option says how."""
        options, infotext, empty = self._setup.options, self._setup.infotext, self._guidance.empty
        if cond.tokens == uncond.tokens:
            return cond, uncond
        if options.pad_cond_uncond_v0:
            infotext["Pad conds v0"] = True
            return cond, TextBatch(fit_tokens(uncond.cross, cond.tokens), uncond.vector)
        if not options.pad_cond_uncond or empty is None or (cond.tokens - uncond.tokens) % len(empty.cross):
            return cond, uncond
        infotext["Pad conds"] = True
        tokens = max(cond.tokens, uncond.tokens)
        return append_empty(cond, empty, tokens), append_empty(uncond, empty, tokens)

    def _combine(self, outputs: Tensor, call: ModelCall, scale: float) -> Tensor:
        if self._edits:
            return self._combine_edit(outputs)
        return self._hooks.combine(Combination(outputs, self._parts, scale, call.text_uncond, self))

    def _combine_edit(self, outputs: Tensor) -> Tensor:
        """Guide by text and by picture separately. Reference: InstructPix2Pix, arXiv:2211.09800."""
        images = len(self._parts)
        with_image, without = outputs[-2 * images:-images], outputs[-images:]
        image_scale = self._setup.options.image_cfg_scale or 1.0
        result = torch.lerp(without, with_image, image_scale)
        for image, parts in enumerate(self._parts):
            for row, weight in parts:
                result[image].add_(outputs[row] - with_image[image], alpha=weight * self._scale)
        return result


def _number_parts(guidance: GuidanceInput) -> tuple[tuple[tuple[int, float], ...], ...]:
    """List (row, weight) of every image's parts, rows counted through the batch."""
    parts, row = [], 0
    for branches in guidance.cond:
        parts.append(tuple((row + i, branch.weight) for i, branch in enumerate(branches)))
        row += len(branches)
    return tuple(parts)
