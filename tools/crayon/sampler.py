"""Draw pictures with the trained networks: Euler a with classifier-free guidance."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from tools.crayon.network import LATENT_SCALE, noise_schedule
from tools.crayon.vocabulary import batch_tokens


@dataclass
class Painter:
    """The three networks together, able to draw captions."""

    unet: torch.nn.Module
    vae: torch.nn.Module
    text_encoder: torch.nn.Module

    @torch.inference_mode()
    def paint(
        self, captions: list[str], seeds: list[int], steps: int = 20, cfg: float = 5.0, negative: str = ""
    ) -> torch.Tensor:
        """Draw one picture per caption.

        Shapes: result: [len(captions), 3, 128, 128]
        Range: [-1, 1]
        """
        context = self.encode(captions), self.encode([negative] * len(captions))
        latents = sample_latents(self.unet, torch.cat(context), seeds, steps, cfg)
        return self.vae.decode((latents / LATENT_SCALE).to(self.vae.device)).sample

    def encode(self, captions: list[str]) -> torch.Tensor:
        """Return the text encoder's last hidden states.

        Shapes: [len(captions), 77, 96]
        """
        tokens = batch_tokens(captions).to(next(self.text_encoder.parameters()).device)
        return self.text_encoder(tokens).last_hidden_state


@torch.inference_mode()
def sample_latents(
    unet: torch.nn.Module, context: torch.Tensor, seeds: list[int], steps: int = 20, cfg: float = 5.0
) -> torch.Tensor:
    """Sample scaled latents by Euler's method with ancestral noise.

    Shapes: context: [2 B, 77, 96] (conditional first), result: [B, 4, 16, 16]
    Reference: Karras et al., 2022 (arXiv 2206.00364); ancestral step as in k-diffusion
    """
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    times, sigmas = _sigmas(steps)
    x = _noise(generators, context.device) * sigmas[0]
    for time, sigma, following in zip(times, sigmas, sigmas[1:]):
        scaled = (x / (sigma**2 + 1) ** 0.5).repeat(2, 1, 1, 1)
        wanted, empty = unet(scaled, time.to(x.device), context).sample.float().chunk(2)
        slope = empty + cfg * (wanted - empty)
        up = min(following, (following**2 * (sigma**2 - following**2) / sigma**2) ** 0.5)
        down = (following**2 - up**2) ** 0.5
        x = x + slope * (down - sigma)
        if following > 0:
            x = x + _noise(generators, context.device) * up
    return x


def _sigmas(steps: int) -> tuple[torch.Tensor, list[float]]:
    """Return evenly spaced times from 999 down to 0 and their noise levels, with a final zero."""
    products = noise_schedule().double()
    all_sigmas = ((1 - products) / products) ** 0.5
    times = torch.linspace(999, 0, steps, dtype=torch.float64)
    low = times.floor().long()
    high = (low + 1).clamp(max=999)
    share = times - low
    logs = all_sigmas.log()
    sigmas = ((1 - share) * logs[low] + share * logs[high]).exp()
    return times.float(), [*sigmas.tolist(), 0.0]


def _noise(generators: list[torch.Generator], device: torch.device) -> torch.Tensor:
    return torch.stack([torch.randn(4, 16, 16, generator=generator) for generator in generators]).to(device)
