"""What a hypernetwork is made of, and the modules built from that.

Reference: A1111 v1.10.1, hypernetworks.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.modules import activation

from modules.foundation.errors import ModelFileError

MAX_LAYERS = 64
_USUAL_DROPOUT = 0.3
_IDENTITY = (None, "linear")
_NEED_ARGUMENTS = {"threshold", "multiheadattention"}
ACTIVATIONS: Mapping[str, type[nn.Module]] = {
    **{name.lower(): kind for name, kind in inspect.getmembers(activation, inspect.isclass)
       if issubclass(kind, nn.Module) and kind.__module__ == activation.__name__
       and name.lower() not in _NEED_ARGUMENTS},
    "swish": nn.Hardswish,
}
"""Every activation of PyTorch by its name in small letters."""


@dataclass(frozen=True)
class Structure:
    """The layers of a hypernetwork: widths as multiples of the context's, and what stands between them.

    ``dropout`` has one chance per width; it acts in training only.
    """

    layers: tuple[float, ...] = (1, 2, 1)
    activation: str | None = None
    layer_norm: bool = False
    activate_output: bool = True
    dropout: tuple[float, ...] = ()

    def build(self, width: int) -> nn.Sequential:
        """Construct the modules for one context width. Raises: ModelFileError."""
        return nn.Sequential(*self._parts(width))

    def _parts(self, width: int) -> Iterator[nn.Module]:
        last = len(self.layers) - 2
        for index, (before, after) in enumerate(zip(self.layers, self.layers[1:])):
            yield nn.Linear(int(width * before), int(width * after))
            if self.activation not in _IDENTITY and (index < last or self.activate_output):
                yield _activation(str(self.activation))
            if self.layer_norm:
                yield nn.LayerNorm(int(width * after))
            chance = self.dropout[index + 1] if index + 1 < len(self.dropout) else 0.0
            if chance > 0:
                yield nn.Dropout(chance)


def usual_dropout(layers: int, *, used: bool, last: bool) -> tuple[float, ...]:
    """Give the chances meant by files from before they were written down: none at both ends."""
    if not used or layers < 3:
        return (0.0,) * layers
    return (0.0, *[_USUAL_DROPOUT] * (layers - 3), _USUAL_DROPOUT if last else 0.0, 0.0)


@dataclass(frozen=True)
class Hypernetwork:
    """A hypernetwork in memory: for a context width, the networks before keys and before values."""

    name: str
    networks: Mapping[int, tuple[nn.Sequential, nn.Sequential]]


def fill(structure: Structure, width: int, tensors: Mapping[str, Tensor]) -> nn.Sequential:
    """Build one network and give it its weights, as copies. Raises: ModelFileError where they do not fit."""
    with torch.device("meta"):
        network = structure.build(width)
    wanted = network.state_dict()
    if {name: tensor.shape for name, tensor in tensors.items()} != {n: t.shape for n, t in wanted.items()}:
        raise ModelFileError(f"Its weights for width {width} do not fit the structure it states "
                             f"({', '.join(map(str, structure.layers))}).", remedy="Download it again.")
    weights = {name: tensor.to(torch.float32, copy=True) for name, tensor in tensors.items()}
    if not all(bool(torch.isfinite(tensor).all()) for tensor in weights.values()):
        raise ModelFileError("It holds values that are not numbers.", remedy="Download it again.")
    network.load_state_dict(weights, assign=True)
    network.requires_grad_(False).eval()
    if not _keeps_width(network, width):
        raise ModelFileError(f"Its structure does not give back the width {width} that it takes.",
                             remedy="It cannot be used.")
    return network


def _keeps_width(network: nn.Sequential, width: int) -> bool:
    """Whether what comes out can be added to what went in."""
    try:
        return network(torch.zeros(1, width)).shape == (1, width)
    except (RuntimeError, ValueError):  # layers that do not follow on one another
        return False


def _activation(name: str) -> nn.Module:
    kind = ACTIVATIONS.get(name)
    if kind is None:
        raise ModelFileError(f"It uses an activation that is not known ({name[:40]!r}).",
                             remedy=f"Known are: {', '.join(sorted(ACTIVATIONS))}.")
    return kind()


def check_layers(layers: Sequence[object]) -> tuple[float, ...]:
    """Check a list of multiples. Raises: ModelFileError."""
    numbers = [value for value in layers if isinstance(value, int | float) and 0 < value <= MAX_LAYERS]
    if len(numbers) != len(layers) or not 2 <= len(numbers) <= MAX_LAYERS or numbers[0] != 1 or numbers[-1] != 1:
        raise ModelFileError(f"It states a structure that makes no sense ({str(list(layers))[:60]}).",
                             remedy="Download it again.")
    return tuple(numbers)
