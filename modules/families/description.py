"""What a family says of a checkpoint: everything needed to build the model, and nothing of the numbers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from modules.families.autoencoder_layout import AutoencoderLayout
from modules.families.distillation import Distillation
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


_PREDICTED = {Prediction.NOISE: "noise", Prediction.VELOCITY: "velocity",
              Prediction.UNDECIDED: "noise or velocity (asked when it is loaded)"}


class Conditioning(Enum):
    """What is concatenated to the noisy latents."""

    NONE = "none"
    INPAINTING = "inpainting"
    """One mask channel, then the latents of the masked picture."""
    EDIT = "edit"
    """The latents of the picture to change, in the autoencoder's scale. Reference: arXiv:2211.09800."""
    DEPTH = "depth"
    """One channel: how far away what the picture shows is, from -1 (far) to 1 (near)."""


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
    """Short and stable: ``sd1``, ``sd2``, ``sdxl``, ``sdxl-refiner``."""
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
    rates_beauty: bool = False
    """Whether the conditioning vector ends in an aesthetic score, where others have the target size."""
    distillation: Distillation | None = None
    """Set where the model seems to be made for few steps."""
    reasons: tuple[str, ...] = ()
    """What the family was recognised by, for a person."""

    @property
    def is_sdxl(self) -> bool:
        """Whether text is encoded and noise is scheduled in SDXL's way."""
        return self.family.startswith("sdxl")

    @property
    def summary(self) -> str:
        """Say in one line what the checkpoint was recognised as."""
        kind = "" if self.conditioning is Conditioning.NONE else f", {self.conditioning.value} model"
        few = f", {self.distillation.name} (few steps)" if self.distillation else ""
        zero = ", zero terminal SNR" if self.schedule.zero_terminal_snr else ""
        return f"{self.title}{kind}{few}, predicts {_PREDICTED[self.prediction]}{zero}, {self.native_size}"
