"""The training loop."""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from tools.crayon_upscaler.lessons import draw_batch, load_scenes
from tools.crayon_upscaler.network import build_network, save_network

WARM_UP_STEPS = 50
LOG_EVERY = 25
SQUARES_WEIGHT = 20.0
SMALL = 0.01
"""Below this an absolute difference counts as a square. Range: 0..1, as pixels."""


@dataclass(frozen=True)
class TrainingPlan:
    """``minutes`` are those the processor worked for this program, so that a busy machine changes nothing."""

    minutes: float = 15.0
    scenes: int = 360
    batch: int = 16
    peak_rate: float = 2e-3
    averaging: float = 0.995
    seed: int = 0


def train(folder: Path, plan: TrainingPlan) -> None:
    """Train, and keep the averaged weights in ``folder`` from time to time and at the end."""
    torch.manual_seed(plan.seed)
    rng = np.random.default_rng(plan.seed)
    scenes = load_scenes(folder, plan.scenes)
    network = build_network().to(memory_format=torch.channels_last)
    average = {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}
    optimizer = torch.optim.Adam(network.parameters(), lr=plan.peak_rate, betas=(0.9, 0.99))
    started, step, recent = time.process_time(), 0, 0.0
    while (done := (time.process_time() - started) / (60 * plan.minutes)) < 1:
        for group in optimizer.param_groups:
            group["lr"] = plan.peak_rate * min(1.0, (step + 1) / WARM_UP_STEPS) * _decay(done)
        small, large = draw_batch(scenes, plan.batch, rng)
        loss = _loss(network(small.contiguous(memory_format=torch.channels_last)) - large, done)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        _follow(average, network.state_dict(), min(plan.averaging, step / (step + 10)))
        step, recent = step + 1, recent + loss.item()
        if step % LOG_EVERY == 0:
            _log(folder, {"step": step, "done": round(done, 4), "loss": round(recent / LOG_EVERY, 5)})
            save_network(average, folder / "network.safetensors")
            recent = 0.0
    save_network(average, folder / "network.safetensors")


def _loss(difference: Tensor, done: float) -> Tensor:
    """Go from squared differences over to nearly absolute ones.

    Most pixels need no change at all, so that absolute differences alone teach a fresh network to change nothing;
    at the end they are what keeps flat colours clean.
    """
    squared = difference.square()
    return (1 - done) * SQUARES_WEIGHT * squared.mean() + done * (squared + SMALL**2).sqrt().mean()


def _decay(done: float) -> float:
    """Lower the learning rate from 1 to almost 0 along half a cosine."""
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done))


def _follow(average: dict[str, Tensor], current: dict[str, Tensor], keep: float) -> None:
    for name, tensor in current.items():
        average[name].lerp_(tensor, 1 - keep)


def _log(folder: Path, line: dict[str, float]) -> None:
    with open(folder / "log.jsonl", "a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
