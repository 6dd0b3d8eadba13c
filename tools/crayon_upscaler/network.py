"""The network: a small "Compact" one (SRVGGNetCompact), which every program that reads upscalers knows."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from modules.hardware.torchvision_repair import repair_torchvision

repair_torchvision()

from spandrel.architectures.Compact import Compact  # noqa: E402  (imports torchvision)

SCALE = 4
FEATURES, CONVOLUTIONS = 32, 8
METADATA = {
    "modelspec.sai_model_spec": "1.0.0",
    "modelspec.title": "crayon 4x",
    "modelspec.description": "A small upscaler for flat, clearly outlined pictures.",
    "modelspec.author": "the authors of this web UI",
    "modelspec.license": "MIT",
    "modelspec.date": "2026-11-20",
}


def build_network() -> Compact:
    """Build it with fresh weights that keep the strength of a signal, and that change little at the end."""
    network = Compact(num_feat=FEATURES, num_conv=CONVOLUTIONS, upscale=SCALE)
    for layer in network.body:
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, a=0.25)
            nn.init.zeros_(layer.bias)
    with torch.no_grad():
        network.body[-1].weight.mul_(0.1)
    return network


def save_network(weights: dict[str, torch.Tensor], target: Path) -> None:
    """Write half-precision weights; a half-written file never bears the final name."""
    fresh = target.with_suffix(".new")
    target.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: tensor.half().contiguous() for name, tensor in weights.items()}, fresh, METADATA)
    fresh.replace(target)


def read_network(path: Path) -> Compact:
    """Build the network and fill it from a file, for measuring."""
    network = build_network()
    network.load_state_dict({name: tensor.float() for name, tensor in load_file(path).items()})
    return network.eval().requires_grad_(False)
