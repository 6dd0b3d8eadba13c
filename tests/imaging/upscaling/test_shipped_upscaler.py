"""The upscaler that comes with the program, on scenes it never saw."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from modules.imaging.upscaling.entry import Tiling
from modules.imaging.upscaling.shelf import UpscalerShelf
from tools.crayon.renderer import render
from tools.crayon.scene import Scene, Thing
from tools.crayon_upscaler.degradation import shrink
from tools.crayon_upscaler.evaluation import psnr
from tools.crayon_upscaler.lessons import PIECE_PX, draw_batch
from tools.crayon_upscaler.network import build_network, read_network, save_network
from tools.crayon_upscaler.training import TrainingPlan, train

FILE = Path(__file__).parents[3] / "models" / "ESRGAN" / "crayon-4x.safetensors"


@pytest.mark.parametrize("kind, place", [("house", "day"), ("star", "night"), ("cat", "grass")])
def test_it_is_nearer_to_the_truth_than_lanczos(kind, place):
    shelf = UpscalerShelf({"ESRGAN": (FILE.parent,)}, torch.device("cpu"))
    truth = render(Scene(Thing(kind, "red"), place=place, seed=7), 256)
    small = truth.resize((64, 64), Image.Resampling.LANCZOS)
    near = {name: psnr(np.asarray(shelf.upscale(small, name, 4, Tiling())), np.asarray(truth))
            for name in ("Lanczos", "crayon-4x")}
    assert near["crayon-4x"] > near["Lanczos"] + 1


def test_it_is_small_and_in_half_precision():
    assert FILE.stat().st_size < 600_000
    assert {tensor.dtype for tensor in load_file(FILE).values()} == {torch.float16}


def test_lessons_are_pairs_of_one_picture():
    scenes = [np.asarray(render(Scene(Thing("heart", "red"), seed=seed), 256)) for seed in range(2)]
    small, large = draw_batch(scenes, 3, np.random.default_rng(0))
    assert small.shape == (3, 3, PIECE_PX // 4, PIECE_PX // 4) and large.shape == (3, 3, PIECE_PX, PIECE_PX)
    again = torch.nn.functional.avg_pool2d(large, 4)
    assert (small - again).abs().mean() < 0.05


@pytest.mark.parametrize("seed", range(4))
def test_shrinking_keeps_colours(seed):
    flat = np.full((32, 32, 3), (200, 40, 90), np.uint8)
    small = shrink(flat, 4, np.random.default_rng(seed))
    assert small.shape == (8, 8, 3) and np.abs(small.mean((0, 1)) - (200, 40, 90)).max() < 4


def test_a_file_gives_the_network_back(tmp_path):
    network = build_network()
    save_network(network.state_dict(), tmp_path / "x.safetensors")
    again = read_network(tmp_path / "x.safetensors")
    pixels = torch.rand(1, 3, 12, 12)
    with torch.inference_mode():
        assert torch.allclose(network(pixels), again(pixels), atol=0.02)


def test_training_leaves_weights(tmp_path):
    train(tmp_path, TrainingPlan(minutes=0.01, scenes=2, batch=2))
    assert read_network(tmp_path / "network.safetensors")
