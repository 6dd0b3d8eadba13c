"""The model as samplers see it: prediction types, input scaling and timesteps are hidden here.

Reference: k-diffusion ``DiscreteEpsDDPMDenoiser`` and ``DiscreteVDDPMDenoiser``; A1111 v1.10.1's
timestep and LCM wrappers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

import torch
from torch import Tensor

from modules.sampling.conditioning import TextBatch
from modules.sampling.sigmas import LcmSigmas, ModelSigmas

PredictionType = Literal["epsilon", "v"]
LCM_DATA_SCALE, LCM_TIMESTEP_SCALE = 0.5, 10.0


class Predict(Protocol):
    """The network: what it says about noisy latents, raw.

    Shapes: ``x`` [N, C, h, w]; ``timestep`` [N]; ``cross`` [N, T, D]; ``vector`` [N, V];
    ``concat`` [N, k, h, w]. ``owners`` says which image of the batch each row belongs to.
    """

    def __call__(self, x: Tensor, timestep: Tensor, cross: Tensor, vector: Tensor | None,
                 concat: Tensor | None, owners: Sequence[int]) -> Tensor: ...


@dataclass(frozen=True)
class DiffusionModel:
    """All that sampling needs to know of a checkpoint."""

    predict: Predict
    alphas_cumprod: Tensor
    prediction_type: PredictionType = "epsilon"
    is_sdxl: bool = False
    zero_terminal_snr: bool = False
    """Whether it was trained on a schedule that ends in noise alone, so that its alphas are to be stretched."""


@dataclass
class ModelBatch:
    """One model call. ``level`` [N] is sigma, or the timestep for samplers that work on timesteps."""

    x: Tensor
    level: Tensor
    text: TextBatch
    owners: Sequence[int]
    concat: Tensor | None = None

    def rows(self, rows: slice) -> ModelBatch:
        concat = None if self.concat is None else self.concat[rows]
        return ModelBatch(self.x[rows], self.level[rows], self.text.rows(rows), self.owners[rows], concat)


class ModelView(Protocol):
    """One family of samplers' view of a model."""

    def __call__(self, batch: ModelBatch) -> Tensor: ...

    def denoised(self, x: Tensor, output: Tensor, level: float) -> Tensor:
        """Turn what a call gave into a denoised latent."""
        ...

    def completed(self, level: float) -> float:
        """Say how far from pure noise a level is. Range: 0 to 1."""
        ...


ViewOf = Callable[[DiffusionModel], ModelView]


class SigmaDenoiser:
    """(x, sigma) -> denoised, for latents whose noise has standard deviation sigma."""

    def __init__(self, model: DiffusionModel, sigmas: ModelSigmas) -> None:
        self._model, self.sigmas = model, sigmas

    def __call__(self, batch: ModelBatch) -> Tensor:
        sigma = batch.level.view(-1, 1, 1, 1)
        scale = (sigma**2 + 1).rsqrt_()
        timestep = self.sigmas.sigma_to_t(batch.level)
        output = _predict(self._model, batch, batch.x * scale, timestep)
        if self._model.prediction_type == "v":
            return (batch.x * scale**2).sub_(output * (sigma * scale))
        return torch.addcmul(batch.x, output, sigma, value=-1)

    def denoised(self, x: Tensor, output: Tensor, level: float) -> Tensor:
        return output

    def completed(self, level: float) -> float:
        nearest = int((self.sigmas.sigmas - level).abs().argmin())
        return (len(self.sigmas) - 1 - nearest) / len(self.sigmas)


class LcmDenoiser(SigmaDenoiser):
    """The view of latent consistency models: boundary conditions keep the smallest level in place.

    The output always counts as noise, also that of models which predict a velocity (A1111 v1.10.1).
    """

    def __init__(self, model: DiffusionModel, sigmas: LcmSigmas) -> None:
        super().__init__(replace(model, prediction_type="epsilon"), sigmas)

    def __call__(self, batch: ModelBatch) -> Tensor:
        denoised = super().__call__(batch)
        scaled = (self.sigmas.sigma_to_t(batch.level) * LCM_TIMESTEP_SCALE).view(-1, 1, 1, 1)
        spread = scaled**2 + LCM_DATA_SCALE**2
        return denoised.mul_(scaled * spread.rsqrt()).addcmul_(batch.x, LCM_DATA_SCALE**2 / spread)


class NoisePredictor:
    """(x, timestep) -> predicted noise, for latents of variance 1."""

    def __init__(self, model: DiffusionModel) -> None:
        self._model = model
        self._alphas = model.alphas_cumprod.to(torch.float32)
        self._alpha_values: list[float] = self._alphas.tolist()

    def __call__(self, batch: ModelBatch) -> Tensor:
        output = _predict(self._model, batch, batch.x, batch.level)
        if self._model.prediction_type == "epsilon":
            return output
        self._alphas = self._alphas.to(batch.x.device)
        alpha = self._alphas[batch.level.long()].view(-1, 1, 1, 1)
        return torch.addcmul(alpha.sqrt() * output, (1 - alpha).sqrt(), batch.x)

    def denoised(self, x: Tensor, output: Tensor, level: float) -> Tensor:
        alpha = self._alpha_values[int(level)]
        return x.sub(output, alpha=math.sqrt(1 - alpha)).div_(math.sqrt(alpha))

    def completed(self, level: float) -> float:
        return (len(self._alpha_values) - 1 - int(level)) / len(self._alpha_values)


def _predict(model: DiffusionModel, batch: ModelBatch, x: Tensor, timestep: Tensor) -> Tensor:
    output = model.predict(x, timestep, batch.text.cross, batch.text.vector, batch.concat, batch.owners)
    return output.to(x.dtype)
