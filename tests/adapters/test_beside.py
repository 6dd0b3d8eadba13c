"""A LoRA beside a layer comes to what it comes to inside the layer's weights."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from modules.adapters.beside import BesideHooks, can_compute_beside
from modules.adapters.lora.change import recognise_change
from modules.adapters.model import Layer
from modules.adapters.weight_patches import Step

CPU = torch.device("cpu")


def step(module, down, up, **more):
    change = recognise_change({"lora_up.weight": up, "lora_down.weight": down, "alpha": torch.tensor(3.0), **more})
    return Step(("file", 1, 1), Layer("unet.layer", module), change, 0.7, None)


@pytest.mark.parametrize(("module", "down", "up", "x"), [
    (nn.Linear(5, 6), (2, 5), (6, 2), (1, 3, 5)),
    (nn.Linear(5, 6), (2, 5, 1, 1), (6, 2, 1, 1), (1, 3, 5)),
    (nn.Conv2d(5, 6, 1), (2, 5, 1, 1), (6, 2, 1, 1), (1, 5, 4, 4)),
    (nn.Conv2d(5, 6, 3, stride=2, padding=1), (2, 5, 3, 3), (6, 2, 1, 1), (1, 5, 8, 8)),
    (nn.Conv2d(5, 6, 3, padding=1, padding_mode="circular"), (2, 5, 3, 3), (6, 2), (1, 5, 8, 8)),
])
@torch.no_grad()
def test_same_as_in_the_weights(rand, module, down, up, x):
    one, x = step(module, rand(*down), rand(*up)), rand(*x)
    assert can_compute_beside(one)
    hooks, plain = BesideHooks(CPU), module(x)
    hooks.apply({"unet.layer": [one, one]})
    beside = module(x)
    hooks.apply({})
    assert torch.equal(module(x), plain)
    module.weight += 2 * 0.7 * one.change.weight_change(module.weight)
    torch.testing.assert_close(beside, module(x), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("module", "down", "up", "more"), [
    (nn.Conv2d(9, 6, 3), (2, 4, 3, 3), (6, 2, 1, 1), {}),
    (nn.Linear(5, 6), (2, 5), (6, 2), {"dora_scale": torch.ones(1, 5)}),
    (nn.LayerNorm(6), (2, 1), (6, 2), {}),
])
def test_what_has_to_be_done_in_the_weights(rand, module, down, up, more):
    assert not can_compute_beside(step(module, rand(*down), rand(*up), **more))
