"""What all kinds of changes have in common: scale, decomposition, limits, number formats."""

from __future__ import annotations

import pytest
import torch

from modules.adapters.lora.change import recognise_change
from modules.foundation.errors import ModelFileError

UP, DOWN = torch.arange(6).reshape(3, 2) / 10, torch.arange(8).reshape(2, 4) / 10
WEIGHT = torch.ones(3, 4)
LORA = {"lora_up.weight": UP, "lora_down.weight": DOWN, "alpha": torch.tensor(1.0)}


def rows(change):
    delta = change.weight_change(WEIGHT) * 0.8
    return delta[0].tolist(), delta[2].tolist()


def test_numbers_of_a1111_for_plain_lora():
    first, last = rows(recognise_change(LORA))
    assert first == pytest.approx([.016, .020, .024, .028], abs=1e-6)
    assert last == pytest.approx([.080, .116, .152, .188], abs=1e-6)


@pytest.mark.parametrize("magnitude", [torch.full((1, 4), 2.0), torch.full((1, 4, 1, 1), 2.0)])
def test_numbers_of_a1111_for_dora(magnitude):
    first, _ = rows(recognise_change({**LORA, "dora_scale": magnitude}))
    assert first == pytest.approx([.088480, .071789, .055703, .040201], abs=1e-6)


@pytest.mark.parametrize("shape", [(3,), (3, 1)])
def test_a_length_per_output_is_that_of_a_row(shape):
    magnitude = torch.tensor([1.0, 2.0, 3.0])
    change = recognise_change({**LORA, "dora_scale": magnitude.reshape(shape)})
    changed = WEIGHT + change.weight_change(WEIGHT)
    torch.testing.assert_close(changed.norm(dim=1), magnitude)


def test_dora_of_a_convolution_takes_lengths_per_input():
    weight, diff, magnitude = torch.rand(3, 4, 3, 3), torch.rand(3, 4, 3, 3), torch.rand(1, 4, 1, 1)
    changed = weight + recognise_change({"diff": diff, "dora_scale": magnitude}).weight_change(weight)
    torch.testing.assert_close(changed.transpose(0, 1).flatten(1).norm(dim=1), magnitude.flatten())


@pytest.mark.parametrize(("more", "scale"), [
    ({"alpha": 4.0}, 2.0), ({}, 1.0), ({"scale": 0.25, "alpha": 4.0}, 0.25), ({"alpha": 0.0}, 0.0)])
def test_scale(more, scale):
    factors = {"lora_up.weight": UP, "lora_down.weight": DOWN}
    assert recognise_change({**factors, **{key: torch.tensor(value) for key, value in more.items()}}).scale == scale


def test_a_bias_of_the_change_is_added_before_scaling():
    bias = torch.rand(3, 4)
    change = recognise_change({**LORA, "bias": bias})
    torch.testing.assert_close(change.weight_change(WEIGHT), (UP @ DOWN + bias) * 0.5)


@pytest.mark.parametrize(("rank", "kept"), [(None, 2), (1, 1), (2, 2), (9, 2), (0, 0)])
def test_only_the_first_ranks(rank, kept):
    change = recognise_change(LORA).limited_to(rank)
    torch.testing.assert_close(change.weight_change(WEIGHT), UP[:, :kept] @ DOWN[:kept] * 0.5)


def test_ranks_of_other_kinds_are_not_limited():
    change = recognise_change({"diff": WEIGHT})
    assert change.limited_to(1) is change


def test_a_change_for_four_channels_leaves_the_rest_of_an_inpainting_model_alone():
    diff = torch.rand(3, 4, 3, 3)
    delta = recognise_change({"diff": diff}).weight_change(torch.rand(3, 9, 3, 3))
    torch.testing.assert_close(delta[:, :4], diff)
    assert not delta[:, 4:].any()


@pytest.mark.parametrize("weight", [torch.ones(4, 3), torch.ones(3, 5), torch.ones(3, 9, 3, 3)])
def test_shapes_that_do_not_fit(weight):
    with pytest.raises(ValueError, match="a change of"):
        recognise_change(LORA).weight_change(weight)


@pytest.mark.parametrize(("factors", "layer", "expected"), [
    (LORA, torch.float16, torch.float16), (LORA, torch.float32, torch.float32), (LORA, torch.bfloat16, torch.float32),
    ({"diff": WEIGHT.half()}, torch.float32, torch.float16), ({"diff": WEIGHT}, torch.float16, torch.float32),
    ({"diff": WEIGHT.half()}, torch.bfloat16, torch.float32)])
def test_number_format(factors, layer, expected):
    assert recognise_change(factors).work_dtype(layer) == expected


def test_an_unknown_combination_is_named():
    with pytest.raises(ModelFileError, match=r"of no known kind \(alpha, lora_up\.weight\)"):
        recognise_change({"lora_up.weight": UP, "alpha": torch.tensor(1.0)})


def test_what_can_be_computed_beside_the_layer():
    assert recognise_change(LORA).low_rank_pair is not None
    for more in ({"dora_scale": torch.ones(1, 4)}, {"bias": WEIGHT}, {"lora_mid.weight": WEIGHT}):
        assert recognise_change({**LORA, **more}).low_rank_pair is None
    assert recognise_change({"diff": WEIGHT}).low_rank_pair is None
