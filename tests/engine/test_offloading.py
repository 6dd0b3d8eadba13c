"""Parts of a model that take turns on a device, watched on a device that is not there."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from torch import nn

from modules.engine.offloading import TurnTaking
from modules.hardware.placement import CPU_PLACEMENT, Offload, Placement


class Part(nn.Module):
    """Notes where it is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.place = "cpu"
        self.weight = nn.Parameter(torch.ones(1))

    def to(self, device: torch.device) -> Part:
        self.place = str(device)
        return self

    def forward(self) -> str:
        return self.place


@pytest.fixture
def placement() -> Placement:
    return dataclasses.replace(CPU_PLACEMENT, device=torch.device("cuda:0"), offload=Offload.WHOLE_MODELS)


def test_one_part_at_a_time_is_on_the_device(placement: Placement):
    unet, vae, text = parts = [Part(), Part(), Part()]
    turns = TurnTaking(placement, parts, unet)
    assert text() == "cuda:0"
    assert unet() == "cuda:0"
    assert [part.place for part in parts] == ["cuda:0", "cpu", "cpu"]
    turns.bring(vae)
    assert [part.place for part in parts] == ["cpu", "cuda:0", "cpu"]


def test_a_replaced_part_takes_its_turns(placement: Placement):
    unet, vae, other = Part(), Part(), Part()
    turns = TurnTaking(placement, [unet, vae], unet)
    turns.replace(vae, other)
    turns.bring(other)
    assert (unet.place, vae.place, other.place) == ("cpu", "cpu", "cuda:0")


def test_nothing_moves_unless_asked():
    unet, vae = Part(), Part()
    turns = TurnTaking(dataclasses.replace(CPU_PLACEMENT, device=torch.device("cuda:0")), [unet, vae], unet)
    turns.bring(vae)
    assert unet() == "cpu" and vae.place == "cpu"


def test_a_streamed_part_still_computes():
    streamed, whole = nn.Linear(2, 2), Part()
    expected = streamed(torch.ones(1, 2))
    placement = dataclasses.replace(CPU_PLACEMENT, offload=Offload.LAYER_BY_LAYER)
    TurnTaking(placement, [streamed, whole], streamed)
    assert torch.equal(streamed(torch.ones(1, 2)), expected)
    assert streamed.weight.device.type == "meta"  # its numbers come only while it computes
