"""How much noise each training timestep had."""

from __future__ import annotations

from dataclasses import dataclass

import torch

ALPHAS_KEY = "alphas_cumprod"


@dataclass(frozen=True)
class NoiseSchedule:
    """The ``scaled linear`` schedule that every Stable Diffusion was trained on.

    Reference: Rombach et al., arXiv 2112.10752; betas are squares of a linear ramp.
    """

    start: float = 0.00085
    end: float = 0.0120
    timesteps: int = 1000
    zero_terminal_snr: bool = False
    """Whether sampling is to stretch the schedule until its end is noise alone. Reference: arXiv:2305.08891."""

    def alphas_cumprod(self) -> torch.Tensor:
        """Compute the share of signal left at each timestep. Shapes: ``[timesteps]``, float32."""
        betas = torch.linspace(self.start ** 0.5, self.end ** 0.5, self.timesteps, dtype=torch.float64) ** 2
        return torch.cumprod(1.0 - betas, dim=0).to(torch.float32)
