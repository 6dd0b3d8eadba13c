"""Starting img2img from the noise that would have made the picture, for scripts."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from torch import Tensor

from modules.compat.host import HOST
from modules.families.description import Conditioning
from modules.foundation.errors import InvalidRequestError
from modules.generation.conditioning import Texts, condition_batch
from modules.generation.hooks import GenerationHooks, PassDraft
from modules.generation.plan import GenerationPlan
from modules.sampling.conditioning import TextPair, pick, stack
from modules.sampling.denoiser import DiffusionModel
from modules.sampling.inversion import InversionOptions, invert
from modules.sampling.sigmas import ModelSigmas

if TYPE_CHECKING:
    from modules.engine.loaded_model import LoadedModel


@dataclass(frozen=True)
class InversionRequest:
    """What the original shows, and how it is turned back into noise. ``randomness``: the share of other noise, 0..1."""

    prompt: str
    negative_prompt: str
    options: InversionOptions
    randomness: float = 0.0


class InversionCache:
    """Remembers the noise found last."""

    def __init__(self) -> None:
        self._question: object = None
        self._noise: Tensor | None = None

    def get_or_find(self, question: tuple[Any, ...], find: Callable[[], Tensor]) -> Tensor:
        if self._noise is None or self._question != question:
            self._noise, self._question = find(), question
        return self._noise


class InversionHooks(GenerationHooks):
    """Puts the noise found in the place of the random one. For ``p.generation_hooks``."""

    def __init__(self, request: InversionRequest, cache: InversionCache,
                 on_step: Callable[[int], bool] = lambda step: True) -> None:
        self._request, self._cache, self._on_step = request, cache, on_step
        self._plan: GenerationPlan | None = None
        self._model: LoadedModel | None = None

    def plan(self, plan: GenerationPlan) -> GenerationPlan:
        self._plan = plan
        return plan

    def model_ready(self, model: LoadedModel) -> None:
        self._model = model

    def begin_pass(self, draft: PassDraft) -> None:
        model, latents = self._model, draft.latents
        assert model is not None and latents is not None  # img2img, and the model comes first
        if model.description.conditioning is not Conditioning.NONE:
            raise InvalidRequestError("script_name", "This script needs a model that sees nothing but the prompt, not "
                                                     "one for inpainting or editing.", remedy="Choose another model.")
        request = self._request
        question = (weakref.ref(model),  # the cache is not to keep it in memory
                    latents.cpu().numpy().tobytes(), request.prompt, request.negative_prompt, request.options)
        found = self._cache.get_or_find(question, lambda: self._find(model, latents)).to(draft.noise)
        share = request.randomness
        mixed = ((1 - share) * found + share * draft.noise) / (share ** 2 + (1 - share) ** 2) ** 0.5
        draft.noise = mixed - latents / ModelSigmas(model.alphas_cumprod).maximum

    def _find(self, model: LoadedModel, latents: Tensor) -> Tensor:
        description = model.description
        core = DiffusionModel(model.predict, model.alphas_cumprod,
                              "v" if description.prediction.value == "v" else "epsilon", is_sdxl=description.is_sdxl)
        return invert(latents, core, self._texts(model, len(latents)), self._request.options, self._on_step)

    def _texts(self, model: LoadedModel, count: int) -> TextPair:
        plan, request = self._plan, self._request
        assert plan is not None
        texts = Texts((request.prompt,), (request.negative_prompt,), plan.text,
                      replace(plan.sampling, steps=request.options.steps), plan.size)
        guidance = condition_batch(texts, model, HOST.require().bench.towers(model)).guidance
        cond, uncond = pick(guidance.cond[0][0].schedule, 0), pick(guidance.uncond[0], 0)
        both = stack([cond, uncond])
        return TextPair(_repeated(both.rows(slice(0, 1)), count), _repeated(both.rows(slice(1, 2)), count))


def _repeated(text: Any, count: int) -> Any:
    vector = None if text.vector is None else text.vector.repeat(count, 1)
    return type(text)(text.cross.repeat(count, 1, 1), vector)
