"""One pass through each network agrees with A1111's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy
import pytest
import torch

from modules.families.description import Conditioning, Prediction

MODELS = ("tiny-sd1", "tiny-sd1-inpainting", "tiny-sd2-v", "tiny-sdxl")


@pytest.fixture(params=MODELS)
def case(request, fixtures: Path, tiny_model: Callable):
    numbers = numpy.load(fixtures / "models" / "networks" / f"networks.{request.param}.npz")
    return tiny_model(request.param), {name: torch.from_numpy(numbers[name]) for name in numbers}


def difference(one: torch.Tensor, other: torch.Tensor) -> float:
    assert one.shape == other.shape
    return float((one - other).abs().max())


@torch.inference_mode()
def test_unet(case):
    model, numbers = case
    concat = None
    if model.description.conditioning is Conditioning.INPAINTING:
        concat = torch.cat([torch.ones(1, 1, 8, 16), torch.zeros(1, 4, 8, 16)], dim=1)
    cross = numbers["cond"] if "cond" in numbers else numbers["cond.crossattn"]
    output = model.predict(numbers["in.x"], numbers["in.t"], cross, numbers.get("cond.vector"), concat)
    assert difference(output, numbers["out.unet"]) < 1e-4


@torch.inference_mode()
def test_decode(case):
    model, numbers = case
    pixels = model.decode(numbers["in.z"])
    assert difference(pixels, numbers["out.decode"]) < 1e-5


@torch.inference_mode()
def test_encode(case):
    model, numbers = case
    latents = model.encode(numbers["in.image"]).draw()
    if "out.encode_mean" in numbers:
        assert difference(latents / float(numbers["scale_factor"]), numbers["out.encode_mean"]) < 1e-5
    else:
        assert difference(latents, numbers["out.encode"]) < 1e-5
    assert model.description.latent.scale == pytest.approx(float(numbers["scale_factor"]))


def test_what_the_families_say(tiny_model: Callable):
    said = {name: (tiny_model(name).description.family, tiny_model(name).description.prediction) for name in MODELS}
    assert said == {"tiny-sd1": ("sd1", Prediction.NOISE), "tiny-sd1-inpainting": ("sd1", Prediction.NOISE),
                    "tiny-sd2-v": ("sd2", Prediction.VELOCITY), "tiny-sdxl": ("sdxl", Prediction.NOISE)}
