"""The U-Net at sizes diffusers alone would treat differently."""

from __future__ import annotations

import pytest
import torch

from modules.engine.unet import FittingUpsample


@pytest.mark.parametrize(("height", "width"), [(8, 8), (10, 12), (7, 9), (2, 3), (3, 16)])
@torch.inference_mode()
def test_every_multiple_of_eight_pixels_works(tiny_sd1, height: int, width: int):
    x = torch.randn(1, 4, height, width, generator=torch.Generator().manual_seed(0))
    output = tiny_sd1.predict(x, torch.tensor([100.0]), torch.zeros(1, 77, 48))
    assert output.shape == x.shape
    assert bool(torch.isfinite(output).all())


@torch.inference_mode()
def test_the_size_is_fitted_after_the_convolution():
    upsample = FittingUpsample(1, use_conv=True)
    upsample.conv.weight.fill_(1.0)
    upsample.conv.bias.zero_()
    x = torch.arange(9.0).reshape(1, 1, 3, 3)
    doubled = upsample(x)
    fitted = upsample(x, torch.Size((5, 5)))
    assert torch.equal(fitted, doubled[:, :, :5, :5])  # the nearest of six columns for five
    assert torch.equal(upsample(x, torch.Size((6, 6))), doubled)


@torch.inference_mode()
def test_inpainting_latents_are_joined_for_every_row(tiny_model):
    model = tiny_model("tiny-sd1-inpainting")
    generator = torch.Generator().manual_seed(0)
    x, cross = torch.randn(2, 4, 8, 8, generator=generator), torch.zeros(2, 77, 48)
    concat, time = torch.randn(1, 5, 8, 8, generator=generator), torch.tensor([9.0, 9.0])
    assert torch.equal(model.predict(x, time, cross, concat=concat),
                       model.predict(x, time, cross, concat=concat.expand(2, -1, -1, -1)))
