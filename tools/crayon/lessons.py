"""Gather what the U-Net is trained on: latents of pictures and tokens of their captions."""

from __future__ import annotations

import multiprocessing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from tools.crayon.captions import caption
from tools.crayon.checkpoint import load_tensors, save_tensors
from tools.crayon.encoder import standard_latents
from tools.crayon.pictures import to_tensor
from tools.crayon.renderer import render
from tools.crayon.scene import draw_scene
from tools.crayon.text_encoder import strewn_tokens
from tools.crayon.vocabulary import batch_tokens

WORDINGS = 3


@dataclass
class Lessons:
    """Latents of scenes 0 … N-1, and the tokens of several wordings of each.

    Shapes: latents: [N, 4, h / 8, w / 8], tokens: [N, WORDINGS, 77] (int32)
    """

    latents: torch.Tensor
    tokens: torch.Tensor

    def batch(self, size: int, empty_share: float) -> tuple[torch.Tensor, torch.Tensor]:
        """Draw latents with captions at random; a share of the captions is empty."""
        rows = torch.randint(len(self.latents), (size,))
        tokens = self.tokens[rows, torch.randint(WORDINGS, (size,))].long()
        tokens[torch.rand(size) < empty_share] = batch_tokens([""])[0]
        return self.latents[rows], tokens


def gather_lessons(folder: Path, number: int, extent_px: int) -> Lessons:
    """Render and encode pictures and spell captions, in parallel, or read them from the folder."""
    path = folder / f"lessons-{extent_px}-{number}.safetensors"
    if not path.exists():
        tasks = [(start, min(start + 50, number), extent_px) for start in range(0, number, 50)]
        with multiprocessing.get_context("fork").Pool() as pool:
            latents, tokens = zip(*pool.imap(_prepare, tasks))
        parts = {
            "latents": torch.from_numpy(np.concatenate(latents)),
            "tokens": torch.from_numpy(np.concatenate(tokens)),
        }
        save_tensors(path, {"all": parts}, {})
    return Lessons(**load_tensors(path)[0]["all"])


def _prepare(task: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    torch.set_num_threads(1)
    first, end, extent_px = task
    scenes = [draw_scene(seed) for seed in range(first, end)]
    pictures = np.stack([np.asarray(render(scene, extent_px)) for scene in scenes])
    tokens = [
        [strewn_tokens(caption(scene, wording), scene.seed * WORDINGS + wording, 0.1) for wording in range(WORDINGS)]
        for scene in scenes
    ]
    return standard_latents(to_tensor(pictures)).numpy(), np.array(tokens, np.int32)
