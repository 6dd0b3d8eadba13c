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
        self.whole_up_to_px: float = math.inf
        """Larger pictures pass through the VAE in tiles: memory stays flat, colours may differ by a shade."""
        self.attachments: dict[type, Any] = {}
        """What others keep for as long as this model is in memory, by its class."""
        self._turns = TurnTaking(placement, [self.unet, self.autoencoder, *self.text_encoders], self.unet)

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
        if concat is not None:
            x = torch.cat([x, concat.to(x).expand(len(x), -1, -1, -1)], dim=1)
        if self.placement.device.type != "cpu" or len(set(owners)) < 2:
            return self._run_unet(x, timestep, cross, vector)
        output = torch.empty_like(x[:, :self.description.unet.out_channels])
        for image in dict.fromkeys(owners):
            rows = [row for row, owner in enumerate(owners) if owner == image]
            own_vector = None if vector is None else vector[rows]
            output[rows] = self._run_unet(x[rows], timestep[rows], cross[rows], own_vector)
        return output

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

    def size_vector(self, pooled: torch.Tensor, size: Size, *, original: Size | None = None,
                    crop_top: int = 0, crop_left: int = 0) -> torch.Tensor | None:
        """Build the vector that SDXL is conditioned on; None for families without one.

        Shapes: pooled ``[B, projection]`` -> ``[B, projection + 1536]``.
        """
        if self.description.unet.vector_width is None:
            return None
        original = original or size
        numbers = torch.tensor([original.height, original.width, crop_top, crop_left, size.height, size.width],
                               dtype=torch.float32)
        embedded = get_timestep_embedding(numbers, _SIZE_EMBEDDING_WIDTH, flip_sin_to_cos=True, downscale_freq_shift=0)
        return torch.cat([pooled, embedded.reshape(1, -1).to(pooled).expand(len(pooled), -1)], dim=1)

    def replace_autoencoder(self, files: ModelFiles, autoencoder: AutoencoderKL) -> None:
        """Use another VAE from now on."""
        self._turns.replace(self.autoencoder, autoencoder)
        self.autoencoder = autoencoder
        self.files = files

    def _through_vae(self, step: Callable[[torch.Tensor], torch.Tensor], tensor: torch.Tensor, name: str
                     ) -> torch.Tensor:
        """Run one half of the VAE; when 16 bits overflow, run it once more in 32, and stay there."""
        self._turns.bring(self.autoencoder)
        result = step(tensor)
        if not is_finite(result) and self.autoencoder.dtype != torch.float32 and is_finite(tensor):
            _log.warning("The VAE overflowed in %s and computes in 32 bits from now on.", self.autoencoder.dtype)
            self.autoencoder.float()
            result = step(tensor)
        require_finite(result, name)
        return result

    def _run_unet(self, x: torch.Tensor, timestep: torch.Tensor, cross: torch.Tensor, vector: torch.Tensor | None
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
        if shape[-1] * shape[-2] * scale**2 <= self.whole_up_to_px:
            return False
        self.autoencoder.tile_sample_min_size = _TILE_PX
        self.autoencoder.tile_latent_min_size = _TILE_PX // LATENT_SCALE
        return True
