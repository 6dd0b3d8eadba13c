"""How much closer to the truth the network is than resizing."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from modules.imaging.upscaling.pixels import to_image, to_tensor
from tools.crayon.pictures import save_grid
from tools.crayon.renderer import render
from tools.crayon.scene import STYLES, Scene, draw_scene
from tools.crayon_upscaler.degradation import shrink
from tools.crayon_upscaler.network import SCALE, read_network

FIRST_SEED = 500_000
ON_SHEET = 4
Way = Callable[[Image.Image], Image.Image]


def evaluate(file: Path, number: int, extent_px: int, sheet: Path | None) -> str:
    """Draw held-out scenes, make them small, enlarge them in each way, and return a table of mean PSNR in dB."""
    ways = _ways(file)
    scores: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    shown: list[np.ndarray] = []
    for scene in (draw_scene(FIRST_SEED + index) for index in range(number)):
        truth = np.asarray(render(scene, extent_px))
        for condition, small in _make_small(truth, scene).items():
            enlarged = {name: np.asarray(way(Image.fromarray(small))) for name, way in ways.items()}
            for name, picture in enlarged.items():
                for row in (condition, *([f"clean, {scene.style}"] if condition == "clean" else [])):
                    scores[row][name].append(psnr(picture, truth))
            if condition == "clean" and len(shown) < 3 * ON_SHEET:
                shown += [enlarged["Lanczos"], enlarged["crayon-4x"], truth]
    if sheet:
        save_grid(sheet, np.stack(shown), columns=3)
    return _table(scores, list(ways))


def psnr(picture: np.ndarray, truth: np.ndarray) -> float:
    """Measure closeness in dB; more is better. A difference of one level everywhere is 48 dB."""
    error = np.mean((picture.astype(np.float64) - truth) ** 2)
    return 10 * math.log10(255**2 / max(error, 1e-2))


def _ways(file: Path) -> dict[str, Way]:
    network = read_network(file)

    @torch.inference_mode()
    def learned(image: Image.Image) -> Image.Image:
        return to_image(network(to_tensor(image)))

    def resized(resampling: Image.Resampling) -> Way:
        return lambda image: image.resize((image.width * SCALE, image.height * SCALE), resampling)

    return {"Nearest": resized(Image.Resampling.NEAREST), "Bicubic": resized(Image.Resampling.BICUBIC),
            "Lanczos": resized(Image.Resampling.LANCZOS), "crayon-4x": learned}


def _make_small(truth: np.ndarray, scene: Scene) -> dict[str, np.ndarray]:
    size = (truth.shape[1] // SCALE, truth.shape[0] // SCALE)
    clean = np.asarray(Image.fromarray(truth).resize(size, Image.Resampling.LANCZOS))
    return {"clean": clean, "mixed": shrink(truth, SCALE, np.random.default_rng(scene.seed))}


def _table(scores: dict[str, dict[str, list[float]]], ways: list[str]) -> str:
    rows = ["clean", *(f"clean, {style}" for style in STYLES), "mixed"]
    lines = [f"| small pictures | number | {' | '.join(ways)} |", "| --- " * (len(ways) + 2) + "|"]
    for row in rows:
        if row in scores:
            means = [f"{np.mean(scores[row][way]):.2f}" for way in ways]
            lines.append(f"| {row} | {len(scores[row][ways[0]])} | {' | '.join(means)} |")
    return "\n".join(lines)
