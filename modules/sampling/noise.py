"""Where the randomness of a picture comes from: seeds in, noise out.

Every image of a batch has generators of its own, so that a batch equals its single images.
Reference: A1111 v1.10.1 ``rng.ImageRNG``, for seed compatibility.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from modules.foundation.errors import InvalidRequestError
from modules.foundation.size import LATENT_SCALE, Size
from modules.sampling.brownian import BrownianPath
from modules.sampling.philox import PhiloxGenerator
from modules.sampling.solvers.contract import Noise

RANDOM_SOURCES = ("GPU", "CPU", "NV")
SAME_DIRECTION = 0.9995
"""Mean cosine above which ``slerp`` mixes in a straight line."""


@dataclass(frozen=True)
class NoiseSettings:
    """What decides an image's noise besides its seed."""

    source: str = "GPU"
    """``GPU`` draws on the compute device, ``CPU`` on the processor, ``NV`` like an NVIDIA card, anywhere."""
    variation_strength: float = 0.0
    """A1111's ``subseed_strength``."""
    resize_from: Size | None = None
    """The picture size, in pixels, whose noise is put into the centre."""
    seed_delta: int = 0
    """A1111's ENSD: added to the seed after the first noise."""

    def __post_init__(self) -> None:
        if self.source not in RANDOM_SOURCES:
            raise InvalidRequestError("randn_source", f"Unknown random number source {self.source!r}: expected "
                                                      f"one of {', '.join(RANDOM_SOURCES)}.")
        if not 0 <= self.variation_strength <= 1:
            raise InvalidRequestError("subseed_strength", f"Variation strength {self.variation_strength} is not "
                                                          "between 0 and 1.")
        if self.resize_from and min(self.resize_from.width, self.resize_from.height) < LATENT_SCALE:
            raise InvalidRequestError("seed_resize_from_w", f"Cannot resize the seed from {self.resize_from}: "
                                                            f"both sides must be at least {LATENT_SCALE}.")


class NoiseSource:
    """The noise of one batch: ``first`` once, then ``next`` for every draw of a solver.

    Shapes: ``shape`` is one latent's (C, h, w); noise is [N, C, h, w], float32 on ``device``.
    """

    def __init__(self, seeds: Sequence[int], shape: Sequence[int], device: torch.device, *,
                 settings: NoiseSettings | None = None, subseeds: Sequence[int] = ()) -> None:
        settings = settings or NoiseSettings()
        subseeds = [*subseeds, *[0] * len(seeds)]
        self._images = [_ImageNoise(seed, subseed, tuple(shape), _Dice(settings.source, device), settings)
                        for seed, subseed in zip(seeds, subseeds)]
        self._device = device
        self._first: Tensor | None = None

    def __len__(self) -> int:
        return len(self._images)

    def first(self) -> Tensor:
        """Give the noise every image starts from; the same tensor however often it is asked for."""
        if self._first is None:
            self._first = torch.stack([image.first() for image in self._images])
        return self._first

    def begin_with(self, noise: Tensor) -> None:
        """Let the images start from other noise; what is drawn afterwards stays the same."""
        self._first = noise

    def next(self) -> Tensor:
        """Draw once more from every image's generator."""
        self.first()
        return torch.stack([image.next() for image in self._images])

    def plain(self) -> Tensor:
        """Give the noise of the seeds alone, from fresh generators: without variation, resizing or ENSD."""
        return torch.stack([image.draw_seeded(image.seed) for image in self._images])

    def brownian(self, sigma_min: float, sigma_max: float) -> Noise:
        """Make one Brownian path per image; its seed alone decides it."""
        paths = [BrownianPath(sigma_min, sigma_max, image.seed, image.draw_seeded) for image in self._images]
        return lambda sigma, sigma_next: torch.stack([path.increment(sigma, sigma_next) for path in paths])

    def brownian_unseeded(self, sigma_min: float, sigma_max: float) -> Noise:
        """Make one path for the whole batch that no seed decides (A1111's ``no_dpmpp_sde_batch_determinism``)."""
        entropy = int(torch.randint(0, 2**63 - 1, ()))
        shape, dice = self.first().shape, self._images[0].dice
        return BrownianPath(sigma_min, sigma_max, entropy, lambda seed: dice.roll(seed, shape)).increment

    def image(self, index: int) -> NoiseSource:
        """Give the noise of one image alone, sharing its generator."""
        single = NoiseSource.__new__(NoiseSource)
        single._images, single._device = [self._images[index]], self._device
        single._first = self.first()[index:index + 1]
        return single


class _Dice:
    """Makes generators of the chosen source."""

    def __init__(self, source: str, device: torch.device) -> None:
        self._philox = source == "NV"
        self._device = device
        # generators of Apple's GPUs give other numbers on every macOS, so A1111 never uses them
        self._home = device if source == "GPU" and device.type != "mps" else torch.device("cpu")
        self._scratch: torch.Generator | None = None

    def generator(self, seed: int) -> PhiloxGenerator | torch.Generator:
        return PhiloxGenerator(seed) if self._philox else torch.Generator(self._home).manual_seed(seed)

    def draw(self, generator: PhiloxGenerator | torch.Generator, shape: Sequence[int]) -> Tensor:
        if isinstance(generator, PhiloxGenerator):
            return generator.randn(shape).to(self._device)
        return torch.randn(tuple(shape), generator=generator, device=self._home).to(self._device)

    def roll(self, seed: int, shape: Sequence[int]) -> Tensor:
        """Draw from a fresh generator."""
        if self._philox:
            return self.draw(PhiloxGenerator(seed), shape)
        if self._scratch is None:  # making a generator costs more than seeding one
            self._scratch = torch.Generator(self._home)
        return self.draw(self._scratch.manual_seed(seed), shape)


class _ImageNoise:
    """The noise of one image."""

    def __init__(self, seed: int, subseed: int, shape: tuple[int, ...], dice: _Dice,
                 settings: NoiseSettings) -> None:
        self.seed, self.dice = int(seed), dice
        self._subseed, self._shape, self._settings = int(subseed), shape, settings
        self._generator = dice.generator(self.seed)

    def first(self) -> Tensor:
        noise = self._resized() if self._noise_shape() != self._shape else self._varied(self._draw())
        if self._settings.seed_delta:
            self._generator = self.dice.generator(self.seed + self._settings.seed_delta)
        return noise

    def next(self) -> Tensor:
        return self._draw()

    def draw_seeded(self, seed: int) -> Tensor:
        return self.dice.roll(seed, self._shape)

    def _draw(self) -> Tensor:
        return self.dice.draw(self._generator, self._shape)

    def _noise_shape(self) -> tuple[int, ...]:
        size = self._settings.resize_from
        return (self._shape[0], size.latent.height, size.latent.width) if size else self._shape

    def _varied(self, noise: Tensor) -> Tensor:
        strength = self._settings.variation_strength
        if strength == 0:
            return noise
        return slerp(strength, noise, self.dice.roll(self._subseed, noise.shape))

    def _resized(self) -> Tensor:
        other = self._varied(self.dice.roll(self.seed, self._noise_shape()))
        return paste_centre(self._draw(), other)


def slerp(strength: float, low: Tensor, high: Tensor) -> Tensor:
    """Mix two noises along a great circle per column, so that the mix is as strong as its parts.

    Shapes: ``low``, ``high``: (C, h, w). Noises that nearly agree are mixed in a straight line with the
    weights swapped, as A1111 does.
    """
    cosine = (low / low.norm(dim=1, keepdim=True) * (high / high.norm(dim=1, keepdim=True))).sum(1)
    if cosine.mean() > SAME_DIRECTION:
        return low * strength + high * (1 - strength)
    omega = torch.acos(cosine)
    weights = torch.sin(torch.stack([(1 - strength) * omega, strength * omega])) / torch.sin(omega)
    return weights[0].unsqueeze(1) * low + weights[1].unsqueeze(1) * high


def paste_centre(canvas: Tensor, patch: Tensor) -> Tensor:
    """Put ``patch`` into the middle of ``canvas`` in place, cropped where it is larger. Shapes: (C, h, w)."""
    target, source = [], []
    for outer, inner in zip(canvas.shape[1:], patch.shape[1:]):
        margin = (outer - inner) // 2
        extent = inner if margin >= 0 else inner + 2 * margin
        target.append(slice(max(margin, 0), max(margin, 0) + extent))
        source.append(slice(max(-margin, 0), max(-margin, 0) + extent))
    canvas[:, target[0], target[1]] = patch[:, source[0], source[1]]
    return canvas
