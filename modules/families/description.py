"""What a family says of a checkpoint: everything needed to build the model, and nothing of the numbers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from modules.families.autoencoder_layout import AutoencoderLayout
from modules.families.latent_preview import LatentPreview
from modules.families.noise_schedule import NoiseSchedule
from modules.families.text_layout import TextTower
from modules.families.unet_layout import UNetLayout
from modules.foundation.size import Size


class Prediction(Enum):
    """What the U-Net's output is an estimate of."""

    NOISE = "epsilon"
    VELOCITY = "v"
    UNDECIDED = "undecided"
    """The file does not say; one U-Net call tells (``engine/prediction_probe.py``)."""


class Conditioning(Enum):
    """What is concatenated to the noisy latents."""

    NONE = "none"
    INPAINTING = "inpainting"
    """One mask channel, then the latents of the masked picture."""


@dataclass(frozen=True)
class LatentFormat:
    """Latents as the U-Net sees them are the autoencoder's, times ``scale``."""

    channels: int
    scale: float
    preview: LatentPreview


@dataclass(frozen=True)
class ModelDescription:
    """A checkpoint's architecture, and how to work with it."""

    family: str
    """Short and stable: ``sd1``, ``sd2``, ``sdxl``."""
    title: str
    unet: UNetLayout
    autoencoder: AutoencoderLayout | None
    """None: the file has no VAE and needs one from elsewhere."""
    text: tuple[TextTower, ...]
    latent: LatentFormat
    prediction: Prediction
    conditioning: Conditioning
    schedule: NoiseSchedule
    native_size: Size
    """The size the model was trained at and draws best."""
