"""What the network learns from: pieces of rendered scenes, large beside small."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from tools.crayon.renderer import render
from tools.crayon.scene import draw_scene
from tools.crayon_upscaler.degradation import shrink
from tools.crayon_upscaler.network import SCALE

EXTENTS_PX = (512, 384, 256)
PIECE_PX = 128
PLAIN = 6.0
"""Pieces with a smaller standard deviation than this teach little: another one is drawn, three times at most."""
FIRST_SEED = 1_000_000
"""Training scenes count from here; evaluation takes seeds far below."""


def load_scenes(folder: Path, number: int) -> list[np.ndarray]:
    """Render the training scenes in several sizes, or read them back. Shapes: a list of [H,W,3] uint8."""
    file = folder / f"scenes-{number}.npz"
    if not file.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        scenes = [np.asarray(render(draw_scene(FIRST_SEED + index), EXTENTS_PX[index % len(EXTENTS_PX)]))
                  for index in range(number)]
        np.savez_compressed(file, *scenes)
    with np.load(file) as stored:
        return [stored[name] for name in stored.files]


def draw_batch(scenes: Sequence[np.ndarray], size: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Draw pieces and their small versions. Shapes: [B,3,h,w], [B,3,4h,4w]; range 0..1."""
    large = [_draw_piece(scenes, rng) for _ in range(size)]
    small = [shrink(piece, SCALE, rng) for piece in large]
    return _to_tensor(small), _to_tensor(large)


def _draw_piece(scenes: Sequence[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Cut out a piece, turned, mirrored and with its colour channels exchanged."""
    for _ in range(4):
        scene = scenes[rng.integers(len(scenes))]
        y, x = rng.integers(0, scene.shape[0] - PIECE_PX + 1, 2)
        piece = scene[y:y + PIECE_PX, x:x + PIECE_PX]
        if piece.std() >= PLAIN:
            break
    piece = np.rot90(piece, rng.integers(4))
    if rng.random() < 0.5:
        piece = piece[:, ::-1]
    return np.ascontiguousarray(piece[..., rng.permutation(3)])


def _to_tensor(pictures: Sequence[np.ndarray]) -> Tensor:
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float().div_(255)
