"""A checkpoint that is ready to compute."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.embeddings import get_timestep_embedding
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import nn

from modules.engine.depth import DepthEstimator
from modules.engine.economy import Economy, attempt
from modules.engine.model_files import ModelFiles
from modules.engine.offloading import TurnTaking
from modules.engine.posterior import Posterior
from modules.engine.soundness import is_finite, require_finite
from modules.engine.text_encoder import TextEncoder
from modules.families.description import ModelDescription
from modules.foundation.size import LATENT_SCALE, Size
from modules.hardware.placement import Placement

_SIZE_EMBEDDING_WIDTH = 256
_TILE_PX = 768
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ModelParts:
    """The modules of one model, and the share of signal left at each training timestep."""

    unet: UNet2DConditionModel
    autoencoder: AutoencoderKL
    text_encoders: tuple[TextEncoder, ...]
    alphas_cumprod: torch.Tensor
    depth: DepthEstimator | None = None


class LoadedModel:
    """U-Net, VAE and text encoders of one checkpoint.

    What goes in and comes out is float32 on any device; the formats computed in are the placement's
    business. Images pass through the VAE one at a time, so that a batch gives what its images give alone.
    """

    def __init__(self, files: ModelFiles, description: ModelDescription, placement: Placement, parts: ModelParts
                 ) -> None:
        self.files = files
        self.description = description
        self.placement = placement
        self.unet = parts.unet
        self.autoencoder = parts.autoencoder
        self.text_encoders = parts.text_encoders
        self.alphas_cumprod = parts.alphas_cumprod
        self.depth = parts.depth
        self.whole_up_to_px: float = math.inf
        """Larger pictures pass through the VAE in tiles: memory stays flat, colours may differ by a shade."""
        self.image_by_image = placement.device.type == "cpu"
        """Whether the pictures of a batch pass through the U-Net one after another, whatever memory there is."""
        self.economy = Economy()
        """What is done without since memory ran out."""
        self.attachments: dict[type, Any] = {}
        """What others keep for as long as this model is in memory, by its class."""
        taking_turns = [self.unet, self.autoencoder, *self.text_encoders, *([self.depth] if self.depth else [])]
        self.turns = TurnTaking(placement, taking_turns, self.unet)

    def predict(self, x: torch.Tensor, timestep: torch.Tensor, cross: torch.Tensor,
                vector: torch.Tensor | None = None, concat: torch.Tensor | None = None,
                owners: Sequence[int] = ()) -> torch.Tensor:
        """Run the U-Net: what it says is noise (or velocity) in ``x``.

        ``owners`` says which image each row belongs to. With it, the CPU computes image by image, because
        its kernels round differently for different batch sizes (up to 3e-6), and an image is to come out of
        a batch as it does alone. Accelerators compute all rows at once.

        Shapes: x ``[B, 4, h, w]``, timestep ``[B]``, cross ``[B, 77·n, width]``, vector ``[B, v]``,
        concat ``[B or 1, c, h, w]`` -> ``[B, 4, h, w]``.
        """
        if self.description.unet.in_channels == x.shape[1]:
            concat = None  # a refiner takes over from a model that saw more
        if concat is not None:
            x = torch.cat([x, concat.to(x).expand(len(x), -1, -1, -1)], dim=1)
        images = [[row for row, owner in enumerate(owners) if owner == image] for image in dict.fromkeys(owners)]

        def compute() -> torch.Tensor:
            at_once = 1 if self.image_by_image else self.economy.images or len(images)
            if at_once >= len(images):
                return self._run_unet(x, timestep, cross, vector)
            output = torch.empty_like(x[:, :self.description.unet.out_channels])
            for start in range(0, len(images), at_once):
                rows = sorted(row for image in images[start:start + at_once] for row in image)
                own_vector = None if vector is None else vector[rows]
                output[rows] = self._run_unet(x[rows], timestep[rows], cross[rows], own_vector)
            return output

        return attempt(compute, self.economy.unet_steps(len(images), len(x) // max(len(images), 1), self.turns))

    def encode(self, pixels: torch.Tensor) -> Posterior:
        """Turn pictures into what the VAE takes their latents to be.

        Shapes: ``[B, 3, H, W]`` -> ``[B, 4, H/8, W/8]``. Range: pixels -1 to 1.
        Raises: InvalidPictureError.
        """
        moments = torch.cat([self._through_vae(self._encode, image, "VAE encoder") for image in pixels.split(1)])
        return Posterior.from_moments(moments, self.description.latent.scale)

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        """Turn latents into pictures.

        Shapes: ``[B, 4, h, w]`` -> ``[B, 3, 8h, 8w]``. Range: pixels about -1 to 1, not clamped.
        Raises: InvalidPictureError.
        """
        unscaled = latents / self.description.latent.scale
        return torch.cat([self._through_vae(self._decode, one, "VAE decoder") for one in unscaled.split(1)])

    def estimate_depth(self, pixels: torch.Tensor, cells: Size) -> torch.Tensor:
        """Say how near what pictures show is, for models that see that.

        Shapes: ``[B, 3, H, W]`` -> ``[B, 1, h, w]``. Range: pixels and depths -1 to 1.
        """
        assert self.depth is not None, "only depth-to-image models have the network"
        depth: torch.Tensor = self.depth(pixels, cells)
        return depth

    def size_vector(self, pooled: torch.Tensor, size: Size, *, crop: tuple[int, int] = (0, 0),
                    aesthetic_score: float = 6.0) -> torch.Tensor | None:
        """Build the vector that SDXL is conditioned on; None for families without one.

        ``crop`` is told as top and left; ``aesthetic_score`` to the refiner alone, in place of the target size.
        Shapes: pooled ``[B, projection]`` -> ``[B, projection + 1536]``, the refiner's ``[B, projection + 1280]``.
        """
        if self.description.unet.vector_width is None:
            return None
        last = [aesthetic_score] if self.description.rates_beauty else [size.height, size.width]
        numbers = torch.tensor([size.height, size.width, *crop, *last], dtype=torch.float32)
        embedded = get_timestep_embedding(numbers, _SIZE_EMBEDDING_WIDTH, flip_sin_to_cos=True, downscale_freq_shift=0)
        return torch.cat([pooled, embedded.reshape(1, -1).to(pooled).expand(len(pooled), -1)], dim=1)

    def weights_bytes(self) -> int:
        """Give the memory the weights take, wherever they are."""
        return sum(parameter.numel() * parameter.itemsize
                   for part in (self.unet, self.autoencoder, *self.text_encoders) for parameter in part.parameters())

    def replace_autoencoder(self, files: ModelFiles, autoencoder: AutoencoderKL) -> None:
        """Use another VAE from now on."""
        self.turns.replace(self.autoencoder, autoencoder)
        self.autoencoder = autoencoder
        self.files = files

    def _through_vae(self, step: Callable[[torch.Tensor], torch.Tensor], tensor: torch.Tensor, name: str
                     ) -> torch.Tensor:
        """Run one half of the VAE; when 16 bits overflow, run it once more in a wider format, and stay there."""
        def compute() -> torch.Tensor:
            self.turns.bring(self.autoencoder)
            return step(tensor)

        side_px = max(tensor.shape[-2:]) * (LATENT_SCALE if step == self._decode else 1)
        result = attempt(compute, self.economy.vae_steps(side_px, self.turns))
        for dtype in self._wider_formats() if not is_finite(result) and is_finite(tensor) else ():
            self._change_vae_format(dtype)
            result = attempt(compute, self.economy.vae_steps(side_px, self.turns))
            if is_finite(result):
                break
        require_finite(result, name)
        return result

    def _wider_formats(self) -> tuple[torch.dtype, ...]:
        """List the formats left for a VAE that overflowed in its own."""
        own, formats = self.autoencoder.dtype, self.economy.vae_formats
        if own == torch.float32:
            return ()
        return formats[formats.index(own) + 1:] if own in formats else formats

    def _change_vae_format(self, dtype: torch.dtype) -> None:
        name = "32 bits" if dtype == torch.float32 else str(dtype).removeprefix("torch.")
        _log.warning("The VAE overflowed in %s and computes in %s from now on.", self.autoencoder.dtype, name)
        self.economy.say(f"The VAE overflowed in 16 bits; it computes in {name} until it is loaded again.")
        nn.Module.to(self.autoencoder, dtype)  # diffusers' own warns of parts that this VAE does not have

    def _run_unet(self, x: torch.Tensor, timestep: torch.Tensor, cross: torch.Tensor, vector: torch.Tensor | None
                  ) -> torch.Tensor:
        """Run the U-Net over all rows at once, or over as many as memory holds."""
        rows = self.economy.rows or len(x)
        if rows >= len(x):
            return self._run_rows(x, timestep, cross, vector)
        vectors = (None,) * -(-len(x) // rows) if vector is None else vector.split(rows)
        pieces = zip(x.split(rows), timestep.split(rows), cross.split(rows), vectors)
        return torch.cat([self._run_rows(*piece) for piece in pieces])

    def _run_rows(self, x: torch.Tensor, timestep: torch.Tensor, cross: torch.Tensor, vector: torch.Tensor | None
                  ) -> torch.Tensor:
        device, dtype = self.placement.device, self.placement.unet_dtype
        (output,) = self.unet(x.to(device, dtype), timestep.to(device), cross.to(device, dtype),
                              class_labels=None if vector is None else vector.to(device, dtype), return_dict=False)
        return output.to(x)

    def _encode(self, pixels: torch.Tensor) -> torch.Tensor:
        vae = self.autoencoder
        moments = vae._tiled_encode if self._needs_tiles(pixels.shape, 1) else vae._encode
        return moments(pixels.to(self.placement.device, vae.dtype)).to(pixels)

    def _decode(self, latents: torch.Tensor) -> torch.Tensor:
        vae = self.autoencoder
        decode = vae.tiled_decode if self._needs_tiles(latents.shape, LATENT_SCALE) else vae.decode
        (pixels,) = decode(latents.to(self.placement.device, vae.dtype), return_dict=False)
        return pixels.to(latents)

    def _needs_tiles(self, shape: torch.Size, scale: int) -> bool:
        """Whether a picture is to pass in tiles; ``scale`` is the pixels per cell of ``shape``."""
        pixels = shape[-1] * shape[-2] * scale**2
        tile_px = self.economy.tile_for(pixels, self.autoencoder.dtype, self.placement.device)
        if tile_px is None and pixels <= self.whole_up_to_px:
            return False
        self.autoencoder.tile_sample_min_size = tile_px or _TILE_PX
        self.autoencoder.tile_latent_min_size = (tile_px or _TILE_PX) // LATENT_SCALE
        return True
