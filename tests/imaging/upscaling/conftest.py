"""Small networks in files, and pictures to enlarge."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from modules.hardware.torchvision_repair import repair_torchvision
from modules.imaging.upscaling.shelf import UpscalerShelf, upscaler_folders

CPU = torch.device("cpu")


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """An empty models folder."""
    return tmp_path / "models"


@pytest.fixture
def put(models: Path) -> Callable[..., Path]:
    """Write a small Compact network, or given tensors, to a file in the models folder."""

    def write(place: str, tensors: dict[str, torch.Tensor] | None = None, *, scale: int = 4) -> Path:
        path = models / place
        path.parent.mkdir(parents=True, exist_ok=True)
        tensors = tensors or compact(scale)
        save_file(tensors, path) if path.suffix == ".safetensors" else torch.save(tensors, path)
        return path

    return write


@pytest.fixture
def shelf(models: Path) -> UpscalerShelf:
    """A shelf over the models folder; refresh it after putting files there."""
    return UpscalerShelf(upscaler_folders(models), CPU)


def compact(scale: int = 4, seed: int = 0) -> dict[str, torch.Tensor]:
    """Weights of a small network that roughly repeats pixels."""
    repair_torchvision()
    from spandrel.architectures.Compact import Compact

    torch.manual_seed(seed)
    return dict(Compact(num_feat=8, num_conv=1, upscale=scale).state_dict())


def picture(width: int, height: int, mode: str = "RGB", seed: int = 0) -> Image.Image:
    """A picture with smooth colours and some noise."""
    y, x = np.mgrid[:height, :width]
    waves = [np.sin(x / (5 + band) + band) * np.cos(y / (7 - band)) for band in range(len(mode))]
    noise = np.random.default_rng(seed).normal(0, 6, (height, width, len(mode)))
    values = 128 + 90 * np.stack(waves, -1) + noise
    return Image.fromarray(np.squeeze(values.clip(0, 255).astype(np.uint8)), mode)


def difference(first: Image.Image, second: Image.Image) -> np.ndarray:
    return np.abs(np.asarray(first).astype(int) - np.asarray(second)).max(-1)
