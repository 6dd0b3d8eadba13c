"""Write and read crayon as one file in the original SD 1.x layout."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from modules.families.latent_preview import PREVIEW_METADATA
from tools.crayon.checkpoint import load_tensors
from tools.crayon.decoder import load_autoencoder
from tools.crayon.encoder import preview_factors
from tools.crayon.layout import from_single_file, to_single_file
from tools.crayon.network import TEXT_HEADS, build_text_encoder, build_unet, build_vae, noise_schedule
from tools.crayon.sampler import Painter

METADATA = {
    "modelspec.sai_model_spec": "1.0.0",
    "modelspec.architecture": "stable-diffusion-v1",
    "modelspec.title": "crayon v1",
    "modelspec.description": "A small Stable Diffusion that draws simple picture-book scenes.",
    "modelspec.author": "the authors of this web UI",
    "modelspec.license": "MIT",
    "modelspec.date": "2026-11-20",
    "modelspec.prediction_type": "epsilon",
    "webui.text_encoder_heads": str(TEXT_HEADS),
}
SIZE_LIMIT_BYTES = 40_000_000


def export_run(folder: Path, target: Path, extent_px: int = 128) -> Painter:
    """Write the run's averaged weights as one file, and return the networks read back from it."""
    vae = load_autoencoder(folder)
    unet = load_tensors(folder / "unet.safetensors")[0]["average"]
    text = load_tensors(folder / "text.safetensors")[0]["model"]
    write_checkpoint(target, to_single_file(unet, vae.state_dict(), text), extent_px)
    return read_checkpoint(target)


def write_checkpoint(target: Path, whole: dict[str, torch.Tensor], extent_px: int = 128) -> None:
    """Write half-precision weights with the model's metadata; a half-written file never bears the final name.

    Raises: ValueError when the file would be too large for the repository.
    """
    halves = {name: tensor.half().contiguous() for name, tensor in whole.items()}
    halves["alphas_cumprod"] = noise_schedule()
    fresh = target.with_suffix(".new")
    target.parent.mkdir(parents=True, exist_ok=True)
    facts = {"modelspec.resolution": f"{extent_px}x{extent_px}", PREVIEW_METADATA: json.dumps(preview_factors())}
    save_file(halves, fresh, {**METADATA, **facts})
    if fresh.stat().st_size > SIZE_LIMIT_BYTES:
        raise ValueError(f"{fresh} has {fresh.stat().st_size} bytes, more than {SIZE_LIMIT_BYTES}")
    fresh.replace(target)


def read_checkpoint(path: Path) -> Painter:
    """Build the networks and fill them from a file in the original layout."""
    parts = build_unet(), build_vae(), build_text_encoder()
    whole = {name: tensor.float() for name, tensor in load_file(path).items()}
    for part, weights in zip(parts, from_single_file(whole, *(part.state_dict() for part in parts))):
        part.load_state_dict(weights)
        part.eval().requires_grad_(False)
    return Painter(*parts)
