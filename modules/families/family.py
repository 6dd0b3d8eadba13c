"""The form every family fills in, and how a filled-in form describes a checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from modules.families.autoencoder_layout import AutoencoderLayout, read_autoencoder_layout
from modules.families.description import Conditioning, LatentFormat, ModelDescription, Prediction
from modules.families.distillation import LCM, Distillation, distillation_in
from modules.families.evidence import AUTOENCODER_PREFIX, FIRST_CONVOLUTION, UNET_PREFIX, Evidence, NotMineError
from modules.families.latent_preview import preview_in_metadata
from modules.families.noise_schedule import NoiseSchedule
from modules.families.text_layout import HEADS_METADATA, TextRecipe, TextTower, heads_in_metadata, read_text_tower
from modules.families.unet_layout import GUIDANCE_EMBEDDING, UNetLayout, read_unet_layout
from modules.foundation.size import Size

_PREDICTION_WORDS = {"v": Prediction.VELOCITY, "v_prediction": Prediction.VELOCITY,
                     "eps": Prediction.NOISE, "epsilon": Prediction.NOISE}
_VELOCITY_MARK = "v_pred"
"""An empty tensor by which some SDXL files say what they predict."""
_ZERO_SNR_MARK = "ztsnr"
"""The same for a noise schedule that ends in noise alone."""


@dataclass(frozen=True)
class Family:
    """A kind of checkpoint: the names it must and must not have, and what follows from being one."""

    name: str
    title: str
    requires: Mapping[str, str]
    """Beginnings of names that must occur, with the words for what they are."""
    forbids: Mapping[str, str]
    conditioning: Mapping[int, Conditioning]
    """What the U-Net is conditioned on, by its number of input channels."""
    text: tuple[TextRecipe, ...]
    latent: LatentFormat
    native_sizes: Mapping[Prediction, Size]
    prediction: Prediction
    """What the U-Net predicts where the file does not say; one that sees more than text always predicts noise."""
    unet_heads: int | None = None
    unet_head_width: int | None = None
    rates_beauty: bool = False

    def describe(self, evidence: Evidence, prediction: Prediction | None = None) -> ModelDescription:
        """Describe a checkpoint; ``prediction`` overrules what the file says.

        Raises: NotMineError for another family's file, ModelFileError for a broken one of this family.
        """
        conditioning = self._claim(evidence)
        usual = self.prediction if conditioning is Conditioning.NONE else Prediction.NOISE
        prediction = prediction or _stated_prediction(evidence) or usual
        sidecar = evidence.sidecar
        return ModelDescription(
            family=self.name, title=self.title, unet=self._unet(evidence), autoencoder=_autoencoder(evidence),
            text=tuple(_text(evidence, recipe, index) for index, recipe in enumerate(self.text)),
            latent=self._latent(evidence),
            prediction=prediction, conditioning=conditioning,
            schedule=NoiseSchedule(sidecar.schedule_start or NoiseSchedule.start,
                                   sidecar.schedule_end or NoiseSchedule.end,
                                   zero_terminal_snr=sidecar.zero_terminal_snr or _ZERO_SNR_MARK in evidence.shapes),
            native_size=evidence.native_size(self.native_sizes[prediction]), rates_beauty=self.rates_beauty,
            distillation=_distillation(evidence), reasons=self._reasons(evidence))

    def _reasons(self, evidence: Evidence) -> tuple[str, ...]:
        channels = evidence.shapes[FIRST_CONVOLUTION][1]
        return (*self.requires.values(), f"{channels} input channels")

    def _latent(self, evidence: Evidence) -> LatentFormat:
        preview = preview_in_metadata(evidence.metadata, self.latent.channels)
        return replace(self.latent, scale=evidence.sidecar.latent_scale or self.latent.scale,
                       preview=preview or self.latent.preview)

    def _claim(self, evidence: Evidence) -> Conditioning:
        for start, what in self.requires.items():
            if not evidence.has(start):
                raise NotMineError(f"it has no {what}")
        for start, what in self.forbids.items():
            if evidence.has(start):
                raise NotMineError(f"it has a {what}")
        channels = evidence.shapes.get(FIRST_CONVOLUTION, (0, 0))[1]
        if channels not in self.conditioning:
            raise NotMineError(f"its U-Net takes {channels} channels")
        return self.conditioning[channels]

    def _unet(self, evidence: Evidence) -> UNetLayout:
        sidecar = evidence.sidecar
        stated = sidecar.unet_heads or sidecar.unet_head_width
        return read_unet_layout(evidence.below(UNET_PREFIX),
                                heads=sidecar.unet_heads if stated else self.unet_heads,
                                head_width=sidecar.unet_head_width if stated else self.unet_head_width)


def _stated_prediction(evidence: Evidence) -> Prediction | None:
    stated = evidence.sidecar.parameterization or evidence.metadata.get("modelspec.prediction_type", "")
    return Prediction.VELOCITY if _VELOCITY_MARK in evidence.shapes else _PREDICTION_WORDS.get(stated.lower())


def _autoencoder(evidence: Evidence) -> AutoencoderLayout | None:
    shapes = evidence.below(AUTOENCODER_PREFIX)
    return read_autoencoder_layout(shapes) if shapes else None


def _distillation(evidence: Evidence) -> Distillation | None:
    if evidence.has(f"{UNET_PREFIX}{GUIDANCE_EMBEDDING}."):
        return LCM
    return distillation_in((evidence.name, evidence.metadata.get("modelspec.title", "")))


def _text(evidence: Evidence, recipe: TextRecipe, index: int) -> TextTower:
    heads = heads_in_metadata(evidence.metadata.get(HEADS_METADATA))
    return read_text_tower(evidence.below(recipe.prefix), recipe, heads, evidence.sidecar.text_settings(index))
