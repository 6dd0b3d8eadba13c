"""The noise levels a model was trained on, and the way between them and its timesteps."""

from __future__ import annotations

import torch
from torch import Tensor

TERMINAL_ALPHA = 4.8973451890853435e-08
"""What A1111 puts in place of 0 for the last entry of a zero-terminal-SNR schedule."""

LCM_ORIGINAL_STEPS = 50


def downcast(alphas_cumprod: Tensor) -> Tensor:
    """Go to half precision, as A1111 before 1.7.0 did by accident; what is computed from it stays as rough."""
    return alphas_cumprod.half()


def zero_terminal_snr(alphas_cumprod: Tensor) -> Tensor:
    """Stretch the schedule so that the last level is noise alone.

    Reference: arXiv:2305.08891, algorithm 1.
    """
    root = alphas_cumprod.float().sqrt()
    first, last = root[0].clone(), root[-1].clone()
    alphas = ((root - last) * (first / (first - last))) ** 2
    alphas[-1] = TERMINAL_ALPHA
    return alphas


class ModelSigmas:
    """The table of a model's noise levels, rising; read between entries by log sigma.

    Shapes: ``alphas_cumprod`` [T]; ``sigmas`` and ``log_sigmas`` [T], on the CPU, float32, but computed
    in the precision of the alphas.
    Reference: k-diffusion ``DiscreteSchedule``.
    """

    def __init__(self, alphas_cumprod: Tensor, *, quantize: bool = False) -> None:
        alphas = alphas_cumprod.detach().cpu()
        sigmas = ((1 - alphas) / alphas) ** 0.5
        self.sigmas, self.log_sigmas = sigmas.float(), sigmas.log().float()
        self.quantize = quantize
        self._tables = {torch.device("cpu"): self.log_sigmas}

    def __len__(self) -> int:
        return len(self.sigmas)

    @property
    def minimum(self) -> float:
        return self.sigmas[0].item()

    @property
    def maximum(self) -> float:
        return self.sigmas[-1].item()

    @property
    def timestep_range(self) -> tuple[int, int]:
        """The lowest and the highest timestep."""
        return 0, len(self) - 1

    def sigma_to_t(self, sigma: Tensor) -> Tensor:
        """Find the (fractional) index of each noise level, on the device of ``sigma``."""
        table = self._table(sigma.device)
        log_sigma = sigma.log()
        if self.quantize:
            return (log_sigma[..., None] - table).abs().argmin(dim=-1).float()
        index = torch.searchsorted(table, log_sigma, right=True).sub_(1).clamp_(0, len(table) - 2)
        start, end = table.take(index), table.take(index + 1)
        weight = ((start - log_sigma) / (start - end)).clamp_(0, 1)
        low = index.float()
        return (1 - weight) * low + weight * (low + 1)

    def t_to_sigma(self, t: Tensor) -> Tensor:
        """Read the noise level at each (fractional) index. ``t`` is on the CPU."""
        low, high, weight = t.floor().long(), t.ceil().long(), t.frac()
        return ((1 - weight) * self.log_sigmas[low] + weight * self.log_sigmas[high]).exp()

    def _table(self, device: torch.device) -> Tensor:
        if device not in self._tables:
            self._tables[device] = self.log_sigmas.to(device)
        return self._tables[device]


class LcmSigmas(ModelSigmas):
    """The 50 levels that latent consistency models were distilled on."""

    def __init__(self, alphas_cumprod: Tensor, *, quantize: bool = False) -> None:
        self._stride = len(alphas_cumprod) // LCM_ORIGINAL_STEPS
        super().__init__(alphas_cumprod[self._stride - 1::self._stride], quantize=quantize)

    @property
    def timestep_range(self) -> tuple[int, int]:
        return self._stride - 1, self._stride * len(self) - 1

    def sigma_to_t(self, sigma: Tensor) -> Tensor:
        nearest = (sigma.log()[..., None] - self._table(sigma.device)).abs().argmin(dim=-1)
        return (nearest * self._stride + self._stride - 1).float()

    def t_to_sigma(self, t: Tensor) -> Tensor:
        return super().t_to_sigma(((t - (self._stride - 1)) / self._stride).clamp(0, len(self) - 1))
