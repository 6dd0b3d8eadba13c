"""From model files to a model that computes, in two steps: a blueprint, then the model.

The blueprint checks everything that can be checked without reading numbers, so that whoever holds a model
may let it go before the next one is built.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel

from modules.engine.autoencoder import draft_autoencoder
from modules.engine.depth import DepthEstimator, draft_depth_estimator
from modules.engine.filling import Draft
from modules.engine.loaded_model import LoadedModel, ModelParts
from modules.engine.model_files import ModelFiles
from modules.engine.prediction_probe import probe_prediction
from modules.engine.text_encoder import TextEncoder, draft_text_encoder
from modules.engine.unet import draft_unet
from modules.families.description import Conditioning, ModelDescription, Prediction
from modules.families.dialect import original_names, original_vae_names, read_evidence
from modules.families.evidence import AUTOENCODER_PREFIX, DEPTH_PREFIX, UNET_PREFIX, Evidence
from modules.families.noise_schedule import ALPHAS_KEY
from modules.families.recognition import recognise
from modules.foundation.errors import ModelFileError
from modules.hardware.placement import ModelBytes, Placement, loading_device
from modules.weights.reading import read_weights

Tensors = Mapping[str, torch.Tensor]


@dataclass(frozen=True)
class Blueprint:
    """A model whose files are recognised and complete, before it takes any memory."""

    files: ModelFiles
    evidence: Evidence
    description: ModelDescription
    unet: Draft[UNet2DConditionModel]
    autoencoder: Draft[AutoencoderKL]
    text_encoders: tuple[Draft[TextEncoder], ...]
    alphas_cumprod: torch.Tensor
    depth: Draft[DepthEstimator] | None = None

    def weights(self, placement: Placement) -> ModelBytes:
        """Give the memory the model's weights will take."""
        sizes = [self.unet.size_bytes(placement.unet_dtype), self.autoencoder.size_bytes(placement.vae_dtype),
                 *(draft.size_bytes(placement.text_dtype) for draft in self.text_encoders),
                 self.depth.size_bytes(placement.vae_dtype) if self.depth else 0]
        return ModelBytes(max(sizes), sum(sizes))


def load_model(files: ModelFiles, placement: Placement) -> LoadedModel:
    """Read, recognise and build a model. Raises: ModelFileError."""
    return build_model(draw_blueprint(files), placement)


def draw_blueprint(files: ModelFiles) -> Blueprint:
    """Read what the files are and check that nothing is missing. Raises: ModelFileError."""
    try:
        return _draw(files)
    except ModelFileError as error:
        if any(path.name in error.message for path in (files.checkpoint, files.vae) if path):
            raise
        raise type(error)(f"{files.checkpoint.name}: {error.message}", remedy=error.remedy) from error


def build_model(blueprint: Blueprint, placement: Placement) -> LoadedModel:
    """Read the numbers and put them where they compute."""
    device, description = loading_device(placement), blueprint.description
    # Outside inference mode, whoever asks: adapters must be able to change these weights in place.
    with torch.inference_mode(False), torch.no_grad():
        parts = ModelParts(
            unet=blueprint.unet.fill(device, placement.unet_dtype),
            autoencoder=blueprint.autoencoder.fill(device, placement.vae_dtype),
            text_encoders=tuple(draft.fill(device, placement.text_dtype) for draft in blueprint.text_encoders),
            alphas_cumprod=blueprint.alphas_cumprod,
            depth=blueprint.depth.fill(device, placement.vae_dtype) if blueprint.depth else None)
    if description.prediction is Prediction.UNDECIDED:
        description = recognise(blueprint.evidence, probe_prediction(parts.unet, description.unet))
    return LoadedModel(blueprint.files, description, placement, parts)


def load_autoencoder(path: Path, placement: Placement) -> AutoencoderKL:
    """Read a VAE file, or the VAE of a checkpoint. Raises: ModelFileError."""
    draft = _draft_external(path)
    with torch.inference_mode(False), torch.no_grad():
        return draft.fill(loading_device(placement), placement.vae_dtype)


def _draw(files: ModelFiles) -> Blueprint:
    state = read_weights(files.checkpoint)
    evidence = read_evidence(files.checkpoint, state)
    description, tensors = recognise(evidence), _in_original_names(state.tensors)
    if files.vae is None and description.autoencoder is None:
        raise ModelFileError(f"{files.checkpoint.name} has no VAE.", remedy="Choose a VAE file to use with it.")
    return Blueprint(
        files, evidence, description,
        unet=draft_unet(description.unet, _below(tensors, UNET_PREFIX)),
        autoencoder=(_draft_external(files.vae) if files.vae
                     else draft_autoencoder(_below(tensors, AUTOENCODER_PREFIX))),
        text_encoders=tuple(draft_text_encoder(tower, _below(tensors, tower.recipe.prefix))
                            for tower in description.text),
        alphas_cumprod=_alphas_cumprod(description, tensors), depth=_draft_depth(description, tensors))


def _draft_depth(description: ModelDescription, tensors: Tensors) -> Draft[DepthEstimator] | None:
    if description.conditioning is not Conditioning.DEPTH:
        return None
    inside = _below(tensors, DEPTH_PREFIX)
    if not inside:
        raise ModelFileError("It is a depth-to-image model without the network that estimates depth.",
                             remedy="Use the original file, such as 512-depth-ema, which has both.")
    return draft_depth_estimator(inside)


def _draft_external(path: Path) -> Draft[AutoencoderKL]:
    tensors = _in_original_names(read_weights(path).tensors)
    inside = _below(tensors, AUTOENCODER_PREFIX) or tensors
    if not any(name.startswith("decoder.conv_in.") for name in inside):
        raise ModelFileError(f"{path.name} is no VAE of the Stable Diffusion kind.",
                             remedy="Choose another VAE, or None.")
    return draft_autoencoder(inside)


def _alphas_cumprod(description: ModelDescription, tensors: Tensors) -> torch.Tensor:
    """Prefer the schedule in the file, as A1111 does: some models were trained with another."""
    computed = description.schedule.alphas_cumprod()
    stored = tensors.get(ALPHAS_KEY)
    if stored is None or description.is_sdxl or stored.shape != computed.shape:
        return computed
    stored = stored.to(torch.float32, copy=True)
    sound = bool((stored > 0).all() and (stored <= 1).all() and (stored.diff() <= 0).all())
    return stored if sound else computed


def _in_original_names(tensors: Tensors) -> Tensors:
    """See a file in diffusers' layout, a whole model or a VAE, as if it were in the original one."""
    shapes = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    names = original_names(shapes) or original_vae_names(shapes)
    return {names.get(name, name): tensor for name, tensor in tensors.items()} if names else tensors


def _below(tensors: Tensors, prefix: str) -> dict[str, torch.Tensor]:
    return {name[len(prefix):]: tensor for name, tensor in tensors.items() if name.startswith(prefix)}
