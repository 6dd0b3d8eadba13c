"""From a picture to the noise that a sampler would have made it from: Euler steps, backwards.

Reference: A1111 v1.10.1 script "img2img alternative test".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from modules.sampling.conditioning import TextPair
from modules.sampling.denoiser import DiffusionModel, ModelBatch, SigmaDenoiser
from modules.sampling.sigmas import ModelSigmas


@dataclass(frozen=True)
class InversionOptions:
    """How a picture is turned back. ``adjusted`` asks the model at the level a step comes from, not where it goes."""

    steps: int = 50
    scale: float = 1.0
    adjusted: bool = False


def invert(latents: Tensor, model: DiffusionModel, texts: TextPair, options: InversionOptions,
           on_step: Callable[[int], bool] = lambda step: True) -> Tensor:
    """Return unit noise. ``on_step`` hears of every step and says whether to go on.

    Shapes: ``latents`` [N, C, h, w]; both texts have N rows. Units: scaled latents.
    """
    sigmas = ModelSigmas(model.alphas_cumprod)
    view = SigmaDenoiser(model, sigmas)
    x, levels = latents.float(), _rising_levels(sigmas, options.steps)
    for number in range(1, len(levels)):
        before, level = levels[number - 1], levels[number]
        if not (options.adjusted and number == 1):  # nothing is known of where noise begins: stay
            asked = before if options.adjusted else level
            x = x + (x - _guided(view, x, asked, texts, options.scale)) / asked * (level - before)
        if not on_step(number):
            break
    return x / levels[-1] if options.adjusted else x / x.std()


def _rising_levels(sigmas: ModelSigmas, steps: int) -> list[float]:
    falling = sigmas.t_to_sigma(torch.linspace(len(sigmas) - 1, 0, steps))
    return [0.0, *reversed(falling.tolist())]


def _guided(view: SigmaDenoiser, x: Tensor, level: float, texts: TextPair, scale: float) -> Tensor:
    """Denoise once, guided."""
    count = len(x)
    owners = [*range(count), *range(count)]
    batch = ModelBatch(torch.cat([x, x]), x.new_full((2 * count,), level), texts.joined, owners)
    cond, uncond = view(batch).chunk(2)
    return uncond + (cond - uncond) * scale
