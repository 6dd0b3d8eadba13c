"""Render a set of pictures once, in parallel, and keep it as one array on disk."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from tools.crayon.renderer import render
from tools.crayon.scene import draw_scene


def load_pictures(folder: Path, number: int, extent_px: int) -> np.ndarray:
    """Return pictures of scenes 0 … number-1, rendered now or read from the folder.

    Shapes: [number, extent, extent, 3], uint8
    """
    path = folder / f"pictures-{extent_px}-{number}.npy"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with multiprocessing.get_context("fork").Pool() as pool:
            rows = pool.imap(_render_pixels, ((seed, extent_px) for seed in range(number)), chunksize=64)
            pictures = np.stack(list(rows))
        np.save(path, pictures)
    return np.load(path, mmap_mode="r")


def to_tensor(pictures: np.ndarray) -> torch.Tensor:
    """Turn bytes into network input.

    Shapes: [B, h, w, 3] -> [B, 3, h, w]
    Range: [-1, 1]
    """
    return torch.from_numpy(np.array(pictures)).permute(0, 3, 1, 2).float() / 127.5 - 1


def to_pixels(tensor: torch.Tensor) -> np.ndarray:
    """Turn network output into bytes; the inverse of `to_tensor`."""
    levels = ((tensor.float().clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    return levels.permute(0, 2, 3, 1).cpu().numpy()


def save_grid(path: Path, pictures: np.ndarray, columns: int = 8) -> None:
    """Save pictures side by side, with a small gap."""
    number, height, width, _ = pictures.shape
    rows = -(-number // columns)
    sheet = np.full((rows * (height + 4), columns * (width + 4), 3), 255, np.uint8)
    for index, picture in enumerate(pictures):
        top, left = index // columns * (height + 4) + 2, index % columns * (width + 4) + 2
        sheet[top : top + height, left : left + width] = picture
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(sheet).save(path)


def _render_pixels(task: tuple[int, int]) -> np.ndarray:
    seed, extent_px = task
    return np.asarray(render(draw_scene(seed), extent_px))
