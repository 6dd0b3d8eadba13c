from __future__ import annotations

import pytest
import torch
from torch import nn

from modules.adapters.hypernetworks.structure import ACTIVATIONS, Structure, check_layers, fill, usual_dropout
from modules.foundation.errors import ModelFileError


def kinds(structure):
    return [type(part).__name__ for part in structure.build(8)]


@pytest.mark.parametrize(("structure", "expected"), [
    (Structure(), ["Linear", "Linear"]),
    (Structure(activation="linear"), ["Linear", "Linear"]),
    (Structure(activation="relu"), ["Linear", "ReLU", "Linear", "ReLU"]),
    (Structure(activation="relu", activate_output=False), ["Linear", "ReLU", "Linear"]),
    (Structure(activation="swish", layer_norm=True, activate_output=False),
     ["Linear", "Hardswish", "LayerNorm", "Linear", "LayerNorm"]),
    (Structure((1, 2, 2, 1), "mish", dropout=(0.0, 0.3, 0.3, 0.0)),
     ["Linear", "Mish", "Dropout", "Linear", "Mish", "Dropout", "Linear", "Mish"]),
])
def test_order_of_parts(structure, expected):
    assert kinds(structure) == expected


def test_widths_are_multiples_of_the_contexts():
    sizes = [(part.in_features, part.out_features) for part in Structure((1, 1.5, 2, 1)).build(7)]
    assert sizes == [(7, 10), (10, 14), (14, 7)]


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_every_activation_can_be_built(name):
    assert isinstance(Structure(activation=name, activate_output=False).build(4)[1], ACTIVATIONS[name])


def test_the_activations_of_a1111():
    named = {"relu", "leakyrelu", "elu", "swish", "tanh", "sigmoid", "mish", "celu", "gelu", "glu", "hardshrink",
             "hardsigmoid", "hardtanh", "logsigmoid", "logsoftmax", "prelu", "rrelu", "relu6", "selu", "silu",
             "softmax", "softmax2d", "softmin", "softplus", "softshrink", "softsign", "tanhshrink", "hardswish"}
    assert named <= set(ACTIVATIONS)


def test_an_unknown_activation_is_named():
    with pytest.raises(ModelFileError, match="relux"):
        Structure(activation="relux").build(4)


@pytest.mark.parametrize(("layers", "used", "last", "expected"), [
    (3, False, False, (0, 0, 0)), (3, True, False, (0, 0, 0)), (3, True, True, (0, .3, 0)),
    (4, True, False, (0, .3, 0, 0)), (4, True, True, (0, .3, .3, 0)), (4, False, True, (0, 0, 0, 0)),
    (2, True, True, (0, 0)),
])
def test_dropout_of_old_files(layers, used, last, expected):
    assert usual_dropout(layers, used=used, last=last) == expected


@pytest.mark.parametrize("layers", [[], [1], [1, 2], [2, 1], [1, -1, 1], [1, "2", 1], [1] * 65, [1, 1e9, 1],
                                    [1, float("nan"), 1]])
def test_structures_that_make_no_sense(layers):
    with pytest.raises(ModelFileError, match="makes no sense"):
        check_layers(layers)


def test_filling_checks_shapes_before_taking_memory():
    huge = Structure((1, 64, 64, 1))
    with pytest.raises(ModelFileError, match="do not fit"):
        fill(huge, 1 << 14, {"0.weight": torch.ones(2, 2)})


def test_filling_refuses_what_is_no_number():
    tensors = nn.Sequential(nn.Linear(2, 4), nn.Linear(4, 2)).state_dict()
    tensors["0.bias"][0] = float("inf")
    with pytest.raises(ModelFileError, match="not numbers"):
        fill(Structure(), 2, tensors)


def test_a_structure_that_halves_the_width_is_refused():
    structure = Structure((1, 1), "glu")
    weights = dict(structure.build(8).state_dict())
    with pytest.raises(ModelFileError, match="give back the width 8"):
        fill(structure, 8, weights)
