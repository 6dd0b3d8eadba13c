"""Where plugins reach into sampling. Subclass ``SamplingHooks`` and override what you need.

Tensors are handed out live; what may be changed in place, replaced or returned is said at each hook.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from modules.sampling.conditioning import TextBatch
from modules.sampling.solvers.contract import SolverStep


class Denoising(Protocol):
    """The guided denoiser as hooks see it: counters of model evaluations."""

    step: int
    steps: int
    total_steps: int


@dataclass
class ModelCall:
    """A call about to be made; every field may be replaced or changed in place.

    Rows of ``x``, ``sigma`` and ``image_cond``: all parts of the first image's prompt, of the second's, …,
    then the unconditional rows, one per image. Samplers on timesteps put the timestep into ``sigma``.
    """

    x: Tensor
    sigma: Tensor
    image_cond: Tensor | None
    text_cond: TextBatch
    text_uncond: TextBatch
    denoiser: Denoising


@dataclass(frozen=True)
class Combination:
    """Model outputs to be combined into one prediction per image.

    ``parts`` lists (row, weight) of every image's prompt; the last ``len(parts)`` rows are unconditional.
    """

    outputs: Tensor
    parts: tuple[tuple[tuple[int, float], ...], ...]
    scale: float
    text_uncond: TextBatch
    denoiser: Denoising

    def guided(self) -> Tensor:
        """Do classifier-free guidance: move from the unconditional prediction towards every part."""
        uncond = self.outputs[-len(self.parts):]
        result = uncond.clone()
        for image, parts in enumerate(self.parts):
            for row, weight in parts:
                result[image].add_(self.outputs[row] - uncond[image], alpha=weight * self.scale)
        return result


@dataclass
class MaskBlend:
    """A latent about to be mixed with the original picture outside the mask."""

    current: Tensor
    mask: Tensor
    """1 where the new picture is made. Shapes: broadcasts with the latents."""
    original: Tensor
    sigma: float | None
    denoiser: Denoising | None
    is_final: bool
    mixed: Tensor | None = None
    """What an earlier hook made of it."""

    def blended(self) -> Tensor:
        """Mix, unless a hook has."""
        if self.mixed is not None:
            return self.mixed
        return self.current * self.mask + self.original * (1 - self.mask)


class SamplingHooks:
    """Hooks that do nothing. Their presence alone makes every unconditional row be computed."""

    def before_model(self, call: ModelCall) -> None:
        """Change what the model is about to see."""

    def after_model(self, outputs: Tensor, denoiser: Denoising) -> None:
        """Change raw outputs in place; rows as in ``ModelCall``."""

    def combine(self, combination: Combination) -> Tensor:
        """Make one prediction per image."""
        return combination.guided()

    def after_guidance(self, prediction: Tensor, denoiser: Denoising) -> Tensor:
        """Replace the prediction that goes to the solver."""
        return prediction

    def before_update(self, step: SolverStep) -> None:
        """Change the solver's tensors in place before it uses them."""

    def blend_mask(self, blend: MaskBlend) -> Tensor:
        """Mix a latent with the original picture."""
        return blend.blended()

    def extra_noise(self, noise: Tensor, x: Tensor, noised: Tensor) -> Tensor:
        """Replace the noise that img2img adds on top; ``x`` is the picture, ``noised`` the start so far."""
        return noise


class JoinedSamplingHooks(SamplingHooks):
    """Several hooks as one, in their order; of those that combine predictions, the last one does."""

    def __init__(self, hooks: Sequence[SamplingHooks]) -> None:
        self._hooks = hooks
        combining = [one for one in hooks if type(one).combine is not SamplingHooks.combine]
        self._combining = combining[-1] if combining else SamplingHooks()

    def before_model(self, call: ModelCall) -> None:
        for one in self._hooks:
            one.before_model(call)

    def after_model(self, outputs: Tensor, denoiser: Denoising) -> None:
        for one in self._hooks:
            one.after_model(outputs, denoiser)

    def combine(self, combination: Combination) -> Tensor:
        return self._combining.combine(combination)

    def after_guidance(self, prediction: Tensor, denoiser: Denoising) -> Tensor:
        for one in self._hooks:
            prediction = one.after_guidance(prediction, denoiser)
        return prediction

    def before_update(self, step: SolverStep) -> None:
        for one in self._hooks:
            one.before_update(step)

    def blend_mask(self, blend: MaskBlend) -> Tensor:
        for one in self._hooks:
            blend.mixed = one.blend_mask(blend)
        return blend.blended()

    def extra_noise(self, noise: Tensor, x: Tensor, noised: Tensor) -> Tensor:
        for one in self._hooks:
            noise = one.extra_noise(noise, x, noised)
        return noise


def join_sampling_hooks(hooks: Sequence[SamplingHooks | None]) -> SamplingHooks | None:
    """Return one object for all of them; None where there is none."""
    present = [one for one in hooks if one is not None]
    return present[0] if len(present) == 1 else JoinedSamplingHooks(present) if present else None
