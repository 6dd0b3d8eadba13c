"""What a VAE encoder says about a picture: not one latent, but how likely each is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Posterior:
    """Means and standard deviations of latents, in the autoencoder's scale.

    Shapes: both ``[B, C, h, w]``. Reference: arXiv:1312.6114.
    """

    mean: torch.Tensor
    deviation: torch.Tensor
    scale: float
    """From the autoencoder's scale to the U-Net's."""

    @classmethod
    def from_moments(cls, moments: torch.Tensor, scale: float) -> Posterior:
        """Read the encoder's output. Shapes: ``[B, 2C, h, w]``."""
        mean, log_variance = moments.chunk(2, dim=1)
        return cls(mean, torch.exp(0.5 * log_variance.clamp(-30.0, 20.0)), scale)

    def draw_each(self, seeds: Sequence[int]) -> torch.Tensor:
        """Draw one latent for each seed, from the pictures in turn; the same seed always gives the same latent."""
        pictures = [Posterior(self.mean[index:index + 1], self.deviation[index:index + 1], self.scale)
                    for index in range(len(self.mean))]
        return torch.cat([pictures[number % len(pictures)].draw(torch.Generator().manual_seed(seed))
                          for number, seed in enumerate(seeds)])

    def draw(self, noise: torch.Generator | None = None) -> torch.Tensor:
        """Draw latents for the U-Net, one picture after another; without ``noise``, the likeliest."""
        if noise is None:
            return self.mean * self.scale
        drawn = torch.cat([_draw(one, noise) for one in self.mean.split(1)])
        return (self.mean + self.deviation * drawn) * self.scale


def _draw(like: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Draw noise on the generator's device, so that it does not depend on where the model computes."""
    return torch.randn(like.shape, generator=generator, device=generator.device).to(like)
