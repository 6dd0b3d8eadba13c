"""Reading the networks of face restoration from their files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from modules.foundation.errors import InvalidPictureError, ModelFileError, UnsupportedModelError
from modules.imaging.upscaling.network import load_descriptor
from modules.weights.reading import read_weights

Redraw = Callable[[Tensor, float], Tensor]
"""(aligned face, weight) -> the face redrawn. Shapes: [1,3,512,512] RGB. Range: -1..1; the weight 0..1."""
_SHARED_PREFIX = "module."
AnyNetwork = TypeVar("AnyNetwork", bound=nn.Module)


def load_redrawer(path: Path, device: torch.device) -> Redraw:
    """Read CodeFormer or GFPGAN. Raises: ModelFileError; UnsupportedModelError for anything else."""
    descriptor = load_descriptor(path)
    if descriptor.architecture.id not in _CALLS:
        raise UnsupportedModelError(f"{path.name} is a {descriptor.architecture.name} network; CodeFormer or GFPGAN "
                                    "was expected.", remedy="Move it to the folder of its kind under models.")
    network = descriptor.model.requires_grad_(False).to(device).eval()
    call = _CALLS[descriptor.architecture.id]

    @torch.inference_mode()
    def redraw(face: Tensor, weight: float) -> Tensor:
        drawn = call(network, face.to(device), weight)
        if not drawn.isfinite().all():
            raise InvalidPictureError(f"{path.name} made something that is not a picture.",
                                      remedy="The file may be damaged: get it again.")
        return drawn.clamp(-1, 1).cpu()

    return redraw


def load_into(network: AnyNetwork, path: Path) -> AnyNetwork:
    """Fill a network from a file whose names may all begin with ``module.``. Raises: ModelFileError."""
    tensors = {name.removeprefix(_SHARED_PREFIX): tensor for name, tensor in read_weights(path).tensors.items()}
    try:
        network.load_state_dict(tensors)
    except RuntimeError as error:
        raise ModelFileError(f"{path.name} does not hold the network that belongs there.",
                             remedy="Download the file again.") from error
    return network.requires_grad_(False).eval()


def _codeformer(network: Any, face: Tensor, weight: float) -> Tensor:
    return network(face, weight=weight, adain=True)[0]


def _gfpgan(network: Any, face: Tensor, weight: float) -> Tensor:
    """Use the noise in the file instead of fresh noise, so that a picture is restored the same way each time."""
    return network(face, return_rgb=False, randomize_noise=False)[0]


_CALLS: dict[str, Callable[[Any, Tensor, float], Tensor]] = {"CodeFormer": _codeformer, "GFPGAN": _gfpgan}
