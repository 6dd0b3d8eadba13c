"""Hypernetwork files: A1111's pickles, and the same content as safetensors.

A pickle (``.pt``) is a table: for each context width, a pair of state dicts for keys and values, beside
facts such as ``layer_structure``. In a safetensors file of ours the tensors are called
``<width>.k.linear.<index>.weight`` and ``<width>.v.…``, with the index within the sequence of layers,
activations, normalisations and dropouts; the facts, under the same names as in a pickle, are JSON in the
header's text ``hypernetwork``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors.torch import save
from torch import Tensor, nn

from modules.adapters.hypernetworks.structure import Hypernetwork, Structure, check_layers, fill, usual_dropout
from modules.foundation.errors import ModelFileError
from modules.foundation.files import atomic_write
from modules.weights.reading import read_metadata, read_object

_FACTS = "hypernetwork"
_PREFIX = "linear."
_OLD_NAMES = re.compile(r"^linear([12])\.")
_FLAT = re.compile(r"(\d+)\.([kv])\.(.+)")
_MAX_WIDTH = 1 << 14
_Table = Mapping[str, Tensor]


def read_hypernetwork(path: Path, name: str) -> Hypernetwork:
    """Read a hypernetwork from either kind of file. Raises: ModelFileError."""
    content = read_object(path)
    if isinstance(content, Mapping) and any(_FLAT.fullmatch(str(key)) for key in content):
        content = {**_nest(content), **_read_facts(path)}
    if not isinstance(content, Mapping):
        raise _no_hypernetwork()
    structure = _read_structure(content)
    networks = {width: (_fill(structure, width, pair[0]), _fill(structure, width, pair[1]))
                for width, pair in content.items() if _is_width(width) and _is_pair(pair)}
    if not networks:
        raise _no_hypernetwork()
    return Hypernetwork(name, networks)


def save_hypernetwork(path: Path, networks: Mapping[int, tuple[nn.Sequential, nn.Sequential]], structure: Structure,
                      facts: Mapping[str, str | int | None] | None = None) -> None:
    """Write a safetensors file; ``facts`` are more of A1111's, such as name, step and sd_checkpoint_name.

    Raises: OutputError.
    """
    tensors = {f"{width}.{letter}.{_PREFIX}{key}": tensor.detach().cpu().contiguous()
               for width, pair in networks.items() for letter, network in zip("kv", pair)
               for key, tensor in network.state_dict().items()}
    stated = {**(facts or {}), "layer_structure": structure.layers, "activation_func": structure.activation,
              "is_layer_norm": structure.layer_norm, "activate_output": structure.activate_output,
              "dropout_structure": structure.dropout or [0.0] * len(structure.layers)}
    atomic_write(path, save(tensors, {"format": "pt", _FACTS: json.dumps(stated)}))


def _read_structure(content: Mapping[Any, Any]) -> Structure:
    stated = content.get("layer_structure") or [1, 2, 1]
    layers = check_layers(stated if isinstance(stated, list | tuple) else [stated])
    dropout = content.get("dropout_structure")
    if not isinstance(dropout, list | tuple):
        dropout = usual_dropout(len(layers), used=bool(content.get("use_dropout")),
                                last=bool(content.get("last_layer_dropout")))
    if not all(isinstance(chance, int | float) and 0 <= chance < 1 for chance in dropout):
        raise ModelFileError("It states dropouts that make no sense.", remedy="Download it again.")
    activation = content.get("activation_func")
    return Structure(layers, None if activation is None else str(activation), bool(content.get("is_layer_norm")),
                     bool(content.get("activate_output", True)), tuple(float(chance) for chance in dropout))


def _fill(structure: Structure, width: int, table: _Table) -> nn.Sequential:
    renamed = {_OLD_NAMES.sub(lambda match: f"{_PREFIX}{int(match[1]) - 1}.", str(key)): tensor
               for key, tensor in table.items() if isinstance(tensor, Tensor)}
    return fill(structure, width, {key.removeprefix(_PREFIX): tensor for key, tensor in renamed.items()})


def _nest(tensors: Mapping[Any, Any]) -> dict[int, tuple[_Table, _Table]]:
    nested: dict[int, tuple[dict[str, Tensor], dict[str, Tensor]]] = {}
    for key, tensor in tensors.items():
        found = _FLAT.fullmatch(str(key))
        if found:
            pair = nested.setdefault(int(found[1]), ({}, {}))
            pair["kv".index(found[2])][found[3]] = tensor
    return dict(nested)


def _read_facts(path: Path) -> dict[str, Any]:
    try:
        facts = json.loads(read_metadata(path).get(_FACTS, "{}"))
    except (ValueError, RecursionError):
        facts = None
    if not isinstance(facts, dict):
        raise ModelFileError("What its header says about its structure is damaged.", remedy="Download it again.")
    return facts


def _is_width(key: object) -> bool:
    return isinstance(key, int) and not isinstance(key, bool) and 0 < key <= _MAX_WIDTH


def _is_pair(value: object) -> bool:
    return isinstance(value, list | tuple) and len(value) == 2 and all(isinstance(one, Mapping) for one in value)


def _no_hypernetwork() -> ModelFileError:
    return ModelFileError("It holds no hypernetwork.", remedy="Check that it is the kind of file this folder is for.")
