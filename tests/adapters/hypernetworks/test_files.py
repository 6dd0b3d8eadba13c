from __future__ import annotations

import itertools
import json

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from modules.adapters.hypernetworks.files import read_hypernetwork, save_hypernetwork
from modules.adapters.hypernetworks.structure import Structure
from modules.foundation.errors import ModelFileError

WIDTH = 6


def state(*sizes, names=None):
    network = nn.Sequential(*(nn.Linear(before, after) for before, after in itertools.pairwise(sizes)))
    names = names or [f"linear.{index}" for index in range(len(network))]
    return {f"{name}.{key}": tensor for name, part in zip(names, network) for key, tensor in part.state_dict().items()}


def save(path, **facts):
    torch.save({WIDTH: (state(6, 12, 6), state(6, 12, 6)), **facts}, path)
    return path


def test_the_oldest_files_have_other_names_and_no_facts(tmp_path):
    keys, values = (state(6, 12, 6, names=["linear1", "linear2"]) for _ in range(2))
    torch.save({WIDTH: (keys, values)}, tmp_path / "old.pt")
    network = read_hypernetwork(tmp_path / "old.pt", "old")
    x = torch.randn(3, WIDTH)
    linear = torch.nn.functional.linear
    for read, table in zip(network.networks[WIDTH], (keys, values)):
        first = linear(x, table["linear1.weight"], table["linear1.bias"])
        torch.testing.assert_close(read(x), linear(first, table["linear2.weight"], table["linear2.bias"]))


def test_activation_normalisation_and_what_follows_the_last_layer(tmp_path):
    relu = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.LayerNorm(12), nn.Linear(12, 6), nn.LayerNorm(6))
    table = {f"linear.{key}": tensor for key, tensor in relu.state_dict().items()}
    torch.save({WIDTH: (table, table), "layer_structure": [1, 2, 1], "activation_func": "relu", "is_layer_norm": True,
                "activate_output": False}, tmp_path / "new.pt")
    x = torch.randn(3, WIDTH)
    torch.testing.assert_close(read_hypernetwork(tmp_path / "new.pt", "new").networks[WIDTH][0](x), relu(x))


def test_dropout_counts_in_names_and_does_nothing(tmp_path):
    network = nn.Sequential(nn.Linear(6, 12), nn.Tanh(), nn.Dropout(0.3), nn.Linear(12, 6), nn.Tanh()).eval()
    table = {f"linear.{key}": tensor for key, tensor in network.state_dict().items()}
    for facts in ({"use_dropout": True, "last_layer_dropout": True}, {"dropout_structure": [0, 0.3, 0]}):
        torch.save({WIDTH: (table, table), "activation_func": "tanh", **facts}, tmp_path / "drop.pt")
        x = torch.randn(3, WIDTH)
        torch.testing.assert_close(read_hypernetwork(tmp_path / "drop.pt", "drop").networks[WIDTH][1](x), network(x))


@pytest.mark.parametrize("name", ["tiny-hn", "tiny-hn-relu"])
def test_fixtures_have_a_pair_for_every_width(tiny_models, name):
    network = read_hypernetwork(tiny_models / "hypernetworks" / f"{name}.pt", name)
    assert (network.name, sorted(network.networks)) == (name, [32, 48, 64, 128])


def test_a_file_of_ours_comes_back_as_it_was_written(tmp_path):
    structure = Structure((1, 2, 2, 1), "mish", layer_norm=True, dropout=(0.0, 0.2, 0.0, 0.0))
    networks = {width: (structure.build(width), structure.build(width)) for width in (6, 8)}
    save_hypernetwork(tmp_path / "ours.safetensors", networks, structure, {"name": "ours", "step": 7})
    read = read_hypernetwork(tmp_path / "ours.safetensors", "ours").networks
    for width, pair in networks.items():
        x = torch.randn(2, width)
        for written, back in zip(pair, read[width]):
            assert torch.equal(written.eval()(x), back(x))


def write(tensors, metadata=None):
    def make(path):
        save_file(tensors, path, metadata)

    return make


FLAT = {f"6.{letter}.{key}": tensor for letter in "kv" for key, tensor in state(6, 12, 6).items()}


@pytest.mark.parametrize(("make", "message"), [
    (lambda path: torch.save({}, path), "holds no hypernetwork"),
    (lambda path: torch.save([1, 2], path), "holds no hypernetwork"),
    (lambda path: torch.save({WIDTH: (state(6, 12, 6),)}, path), "holds no hypernetwork"),
    (lambda path: torch.save({1 << 20: (state(6, 12, 6),) * 2}, path), "holds no hypernetwork"),
    (lambda path: save(path, layer_structure=[1, 4, 1]), "do not fit"),
    (lambda path: save(path, layer_structure=7), "makes no sense"),
    (lambda path: save(path, activation_func="relux"), "not known"),
    (lambda path: save(path, dropout_structure=[0, 2, 0]), "dropouts"),
    (lambda path: save(path, dropout_structure=[0, "x", 0]), "dropouts"),
    (write({"some": torch.ones(1)}), "holds no hypernetwork"),
    (write(FLAT, {"hypernetwork": "{"}), "damaged"),
    (write(FLAT, {"hypernetwork": "[]"}), "damaged"),
    (write(FLAT, {"hypernetwork": json.dumps({"layer_structure": [1, 1]})}), "do not fit"),
    (lambda path: path.write_bytes(b"PK\x03\x04"), "damaged"),
    (lambda path: path.touch(), "empty"),
])
def test_files_that_make_no_sense(tmp_path, make, message):
    make(tmp_path / "file.pt")
    with pytest.raises(ModelFileError, match=message):
        read_hypernetwork(tmp_path / "file.pt", "file")
