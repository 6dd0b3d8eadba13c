"""Train the U-Net to predict noise."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import torch

from tools.crayon.checkpoint import Log, load_tensors, save_tensors
from tools.crayon.lessons import Lessons
from tools.crayon.network import (
    IDLE_SELF_ATTENTION,
    IDLE_TRANSFORMERS,
    build_unet,
    idle_transformers,
    mend_upsampling,
    noise_schedule,
)
from tools.crayon.optimizer import AveragedWeights, Optimisers, learning_rate_factor
from tools.crayon.pictures import save_grid, to_pixels
from tools.crayon.sampler import Painter

SHOWN_CAPTIONS = (
    "a red house", "a blue fish in the sea", "a red house under a yellow sun", "two green trees at night",
    "a penguin in the snow", "a cat on the grass", "a purple flower on a yellow background", "a boat at sunset",
    "a yellow star at night", "three pink hearts", "a green mountain", "the moon at night",
    "a white cloud on a blue background", "an orange cat, pixel art", "a teal circle, pencil drawing",
    "a brown house right of a green tree",
)  # fmt: skip


@dataclass(frozen=True)
class DenoiserPlan:
    """Settings of the U-Net's training; it ends after `steps` or `minutes`, whichever is first."""

    minutes: float = 60.0
    steps: int = 1_000_000
    batch: int = 32
    lr: float = 1e-3
    matrix_lr: float = 1.5e-3
    empty_share: float = 0.11
    offset_noise: float = 0.05
    save_minutes: float = 5.0
    device: str = "cpu"
    compiled: bool = True
    lean: bool = True


@dataclass
class DenoiserRun:
    """The state of a training run that can be put down and taken up."""

    unet: torch.nn.Module
    optimisers: Optimisers
    average: AveragedWeights
    path: Path
    minutes: float = 0.0
    step: int = 0

    @classmethod
    def open(cls, folder: Path, plan: DenoiserPlan) -> DenoiserRun:
        """Begin a run, or take up the one that lies in the folder."""
        unet = build_unet().to(plan.device, memory_format=torch.channels_last)
        mend_upsampling(unet)
        if plan.lean:
            idle_transformers(unet, IDLE_TRANSFORMERS, IDLE_SELF_ATTENTION)
        run = cls(
            unet, Optimisers(unet, plan.lr, plan.matrix_lr), AveragedWeights(unet, 0.998), folder / "unet.safetensors"
        )
        if run.path.exists():
            groups, facts = load_tensors(run.path)
            unet.load_state_dict(groups["model"])
            run.average.tensors = {name: tensor.to(plan.device) for name, tensor in groups["average"].items()}
            run.optimisers.load_state_tensors(groups.get("optimiser", {}))
            run.minutes, run.step = float(facts["minutes"]), int(facts["step"])  # type: ignore[arg-type, call-overload]
        return run

    def save(self) -> None:
        """Write everything needed to go on."""
        groups = {
            "model": self.unet.state_dict(),
            "average": self.average.tensors,
            "optimiser": self.optimisers.state_tensors(),
        }
        save_tensors(self.path, groups, {"minutes": self.minutes, "step": self.step})


def train_denoiser(
    lessons: Lessons, parts: tuple[torch.nn.Module, torch.nn.Module], folder: Path, plan: DenoiserPlan
) -> None:
    """Train, or go on training, and leave `unet.safetensors` with averaged weights in the folder.

    `parts` are the autoencoder and the text encoder, for the sample grids.
    """
    torch.manual_seed(int(time.time()))
    run = DenoiserRun.open(folder, plan)
    predict = torch.compile(run.unet) if plan.compiled else run.unet
    text_encoder = parts[1].to(plan.device)
    log, products = Log(folder / "unet.jsonl"), noise_schedule()
    start, saved, running, counted = time.monotonic() - run.minutes * 60, time.monotonic(), 0.0, 0
    while run.step < plan.steps and run.minutes < plan.minutes:
        noisy, times, tokens, noise, weights = _exercise(lessons, products, plan)
        with torch.no_grad():
            context = text_encoder(tokens).last_hidden_state
        with torch.autocast(plan.device, torch.bfloat16):
            predicted = predict(noisy, times, context).sample
        loss = (((predicted.float() - noise) ** 2).mean((1, 2, 3)) * weights).mean()
        loss.backward()
        run.optimisers.step(learning_rate_factor(max(run.minutes / plan.minutes, run.step / plan.steps)))
        run.step += 1
        run.minutes = (time.monotonic() - start) / 60
        run.average.update(run.unet, run.step)
        running, counted = running + loss.item(), counted + 1
        if run.step % 50 == 0:
            log.write(step=run.step, minutes=run.minutes, loss=running / counted)
            running, counted = 0.0, 0
        if time.monotonic() - saved > plan.save_minutes * 60:
            run.save()
            show_samples(run.average.tensors, parts, folder / f"unet-{run.step:06d}.png", plan.lean)
            saved = time.monotonic()
    run.save()
    show_samples(run.average.tensors, parts, folder / f"unet-{run.step:06d}.png", plan.lean)


def show_samples(
    weights: dict[str, torch.Tensor], parts: tuple[torch.nn.Module, torch.nn.Module], path: Path, lean: bool
) -> None:
    """Save a grid of pictures of `SHOWN_CAPTIONS`."""
    unet = build_unet().eval()
    if lean:
        idle_transformers(unet, IDLE_TRANSFORMERS, IDLE_SELF_ATTENTION)
    unet.load_state_dict(weights)
    painter = Painter(unet.to(next(parts[1].parameters()).device), *parts)
    pictures = painter.paint(list(SHOWN_CAPTIONS), list(range(len(SHOWN_CAPTIONS))))
    save_grid(path, to_pixels(pictures), 4)


def _exercise(lessons: Lessons, products: torch.Tensor, plan: DenoiserPlan) -> tuple[torch.Tensor, ...]:
    """Draw a batch: noisy latents, times, tokens, the noise and the weights of its errors.

    Times are spread evenly over the batch. The weights follow min-SNR-5, lifted where noise is high, so that what
    is decided there (colours, layout) is learned early. Reference: arXiv 2303.09556
    """
    latents, tokens = lessons.batch(plan.batch, plan.empty_share)
    spread = (torch.arange(plan.batch) + torch.rand(())) / plan.batch
    times = (spread * 1000).long().clamp(max=999)[torch.randperm(plan.batch)]
    kept = products[times][:, None, None, None]
    noise = torch.randn_like(latents) + plan.offset_noise * torch.randn(plan.batch, 4, 1, 1)
    noisy = kept.sqrt() * latents + (1 - kept).sqrt() * noise
    ratio = products[times] / (1 - products[times])
    weights = (ratio + 0.1).clamp(max=5) / ratio
    return tuple(part.to(plan.device) for part in (noisy, times, tokens, noise, weights))
