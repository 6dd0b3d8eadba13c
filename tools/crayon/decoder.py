"""Train the autoencoder's decoder to draw crisp pictures from noisy latents."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from tools.crayon.checkpoint import Log, load_tensors, save_tensors
from tools.crayon.encoder import COLOUR_AXES, LATENT_DEVIATION, LATENT_MEAN, standard_latents, write_encoder
from tools.crayon.network import IDLE_BLOCKS, LATENT_SCALE, build_vae, idle_blocks, mend_upsampling
from tools.crayon.optimizer import AveragedWeights, Optimisers, learning_rate_factor
from tools.crayon.pictures import save_grid, to_pixels, to_tensor

_PLAIN = ("conv_in.weight", "conv_out.weight")
_LOUD = 4.0
_QUIET = 0.25


@dataclass(frozen=True)
class DecoderPlan:
    """Settings of the decoder's training; it ends after `steps` or `minutes`, whichever is first."""

    minutes: float = 20.0
    steps: int = 1_000_000
    batch: int = 2
    crop_px: int = 128
    lr: float = 2e-4
    matrix_lr: float = 0.0
    edge_weight: float = 0.5
    noise: float = 0.06
    idle_blocks: tuple[str, ...] = IDLE_BLOCKS
    device: str = "cpu"
    compiled: bool = False
    mixed: bool = False


def train_decoder(pictures: np.ndarray, folder: Path, plan: DecoderPlan) -> None:
    """Train, or go on training, and leave `vae.safetensors` with averaged weights in the folder."""
    torch.manual_seed(1)
    vae = new_autoencoder().to(plan.device)
    mend_upsampling(vae)
    idle_blocks(vae, plan.idle_blocks)
    optimisers, average = Optimisers(vae.decoder, plan.lr, plan.matrix_lr, _PLAIN), AveragedWeights(vae, 0.995)
    path, minutes, step = folder / "vae.safetensors", 0.0, 0
    if path.exists():
        groups, facts = load_tensors(path)
        vae.load_state_dict(groups["model"])
        average.tensors = {name: tensor.to(plan.device) for name, tensor in groups["average"].items()}
        optimisers.load_state_tensors(groups["optimiser"])
        minutes, step = float(facts["minutes"]), int(facts["step"])  # type: ignore[arg-type, call-overload]
    decode = torch.compile(vae.decoder) if plan.compiled else vae.decoder
    log, start, saved = Log(folder / "vae.jsonl"), time.monotonic() - minutes * 60, time.monotonic()
    rng, total, counted = np.random.default_rng(step), torch.zeros(2), 0
    while step < plan.steps and minutes < plan.minutes:
        latents, pixels = _exercise(pictures, rng, plan)
        with torch.autocast(plan.device, torch.bfloat16, enabled=plan.mixed):
            drawn = decode(latents)
        difference, edges = _losses(drawn.float(), pixels)
        (difference + plan.edge_weight * edges).backward()
        optimisers.step(learning_rate_factor(max(minutes / plan.minutes, step / plan.steps)))
        step, minutes = step + 1, (time.monotonic() - start) / 60
        average.update(vae, step)
        total, counted = total + torch.stack([difference, edges]).detach().cpu(), counted + 1
        if step % 50 == 0:
            log.write(step=step, minutes=minutes, difference=float(total[0] / counted), edges=float(total[1] / counted))
            total, counted = torch.zeros(2), 0
        if time.monotonic() - saved > 150:
            _save(path, vae, optimisers, average, {"minutes": minutes, "step": step})
            saved = time.monotonic()
    _save(path, vae, optimisers, average, {"minutes": minutes, "step": step})
    show_reconstructions(pictures, average.tensors, folder / f"vae-{step:06d}.png")


def new_autoencoder() -> torch.nn.Module:
    """Return an autoencoder with the written encoder, a decoder that draws blocks, and latents of unit deviation."""
    vae = build_vae()
    write_encoder(vae)
    write_first_decoder(vae.decoder)
    with torch.no_grad():
        vae.post_quant_conv.weight.copy_(torch.eye(4)[:, :, None, None] * LATENT_SCALE)
        vae.post_quant_conv.bias.zero_()
    return vae


@torch.no_grad()
def write_first_decoder(decoder: torch.nn.Module) -> None:
    """Let training begin at plain blocks of colour: the latents pass through channels 0 to 3.

    Residual branches begin at zero. The last group norm has three channels per group; a loud constant in each
    keeps it nearly linear, else a plain picture would lose its colour there.
    """
    for name, part in decoder.named_modules():
        if name.endswith((".conv2", ".to_out.0")):
            torch.nn.init.zeros_(part.weight)
            torch.nn.init.zeros_(part.bias)
    blocks = decoder.up_blocks
    passing = [decoder.conv_in, *(block.upsamplers[0].conv for block in blocks[:3]), blocks[1].resnets[0].conv_shortcut]
    for conv in passing:
        middle = conv.kernel_size[0] // 2
        conv.weight[:4], conv.bias[:4] = 0.0, 0.0
        conv.weight[:4, :4, middle, middle] = torch.eye(4)
    _write_last_level(decoder, blocks[3].resnets[0].conv_shortcut)


def _write_last_level(decoder: torch.nn.Module, shortcut: torch.nn.Module) -> None:
    """Lay latent f over norm group f as (f, -f, loud), and read the colours back after the norm."""
    shortcut.weight[2::3], shortcut.bias[2::3] = 0.0, _LOUD
    shortcut.weight[:9], shortcut.bias[:9:3], shortcut.bias[1:9:3] = 0.0, 0.0, 0.0
    decoder.conv_out.weight *= 0.05
    decoder.conv_out.weight[:, :9] = 0.0
    colours = torch.linalg.inv(COLOUR_AXES)
    for feature in range(3):
        first = feature * 3
        shortcut.weight[first, feature], shortcut.weight[first + 1, feature] = _QUIET, -_QUIET
        decoder.conv_norm_out.bias[first : first + 2] = 0.5**0.5
        gain = colours[:, feature] * LATENT_DEVIATION[feature] * _LOUD * 2**0.5 / 3 / _QUIET
        decoder.conv_out.weight[:, first, 1, 1] = gain
        decoder.conv_out.weight[:, first + 1, 1, 1] = -gain
    decoder.conv_out.bias.copy_(colours @ LATENT_MEAN[:3])


def load_autoencoder(folder: Path) -> torch.nn.Module:
    """Return the trained autoencoder, frozen."""
    vae = new_autoencoder()
    vae.load_state_dict(load_tensors(folder / "vae.safetensors")[0]["average"])
    return vae.eval().requires_grad_(False)


@torch.no_grad()
def show_reconstructions(pictures: np.ndarray, weights: dict[str, torch.Tensor], path: Path) -> None:
    """Save eight pictures above what the autoencoder makes of them."""
    vae = build_vae().eval()
    vae.load_state_dict(weights)
    originals = np.array(pictures[:8])
    save_grid(path, np.concatenate([originals, to_pixels(vae(to_tensor(originals)).sample)]))


def _losses(drawn: torch.Tensor, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the mean absolute differences of pixels and of edges."""
    across = F.l1_loss(drawn[..., 1:] - drawn[..., :-1], pixels[..., 1:] - pixels[..., :-1])
    down = F.l1_loss(drawn[..., 1:, :] - drawn[..., :-1, :], pixels[..., 1:, :] - pixels[..., :-1, :])
    return F.l1_loss(drawn, pixels), across + down


def _exercise(pictures: np.ndarray, rng: np.random.Generator, plan: DecoderPlan) -> tuple[torch.Tensor, torch.Tensor]:
    """Cut crops on the grid of blocks; their latents get a little noise, as a sampler's have."""
    room = (pictures.shape[1] - plan.crop_px) // 8
    crops = []
    for index in rng.integers(len(pictures), size=plan.batch):
        top, left = rng.integers(room + 1, size=2) * 8
        crops.append(pictures[index, top : top + plan.crop_px, left : left + plan.crop_px])
    pixels = to_tensor(np.stack(crops))
    latents = standard_latents(pixels)
    latents = latents + torch.randn_like(latents) * torch.rand(plan.batch, 1, 1, 1) * plan.noise
    return latents.to(plan.device), pixels.to(plan.device)


def _save(
    path: Path, vae: torch.nn.Module, optimisers: Optimisers, average: AveragedWeights, facts: dict[str, object]
) -> None:
    groups = {"model": vae.state_dict(), "average": average.tensors, "optimiser": optimisers.state_tensors()}
    save_tensors(path, groups, facts)
