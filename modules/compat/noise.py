"""``modules.rng``: the noise of a batch under A1111's names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from modules.compat.devices import device
from modules.compat.facade import facade
from modules.foundation.size import LATENT_SCALE, Size
from modules.sampling.noise import NoiseSettings, NoiseSource


class ImageRNG:
    """The noise of a batch: ``first`` once, then ``next`` for every draw."""

    def __init__(self, shape: Sequence[int], seeds: Sequence[int], subseeds: Sequence[int] | None = None,
                 subseed_strength: float = 0.0, seed_resize_from_h: int = 0, seed_resize_from_w: int = 0) -> None:
        self.shape = tuple(map(int, shape))
        self.seeds, self.subseeds = seeds, subseeds
        self.subseed_strength = subseed_strength
        self.seed_resize_from_h, self.seed_resize_from_w = seed_resize_from_h, seed_resize_from_w
        opts = facade("shared").opts
        resized = min(seed_resize_from_h, seed_resize_from_w) >= LATENT_SCALE
        settings = NoiseSettings(opts.randn_source, subseed_strength,
                                 Size(seed_resize_from_w, seed_resize_from_h) if resized else None,
                                 int(opts.eta_noise_seed_delta or 0))
        self.source = NoiseSource(seeds, self.shape, device(), settings=settings, subseeds=subseeds or ())
        self.is_first = True

    def first(self) -> Tensor:
        """Return the noise that every picture starts from."""
        self.is_first = False
        return self.source.first()

    def next(self) -> Tensor:
        """Draw once more for every picture."""
        return self.first() if self.is_first else self.source.next()


def create_random_tensors(shape: Sequence[int], seeds: Sequence[int], subseeds: Any = None,
                          subseed_strength: float = 0.0, seed_resize_from_h: int = 0, seed_resize_from_w: int = 0,
                          p: Any = None) -> Tensor:
    """Return the noise that a batch starts from."""
    return ImageRNG(shape, seeds, subseeds, subseed_strength, seed_resize_from_h, seed_resize_from_w).next()
