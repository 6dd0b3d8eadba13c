"""Networks from files: recognised and built by spandrel, their numbers read by ``modules.weights``.

Spandrel's own reader is not used: it would unpickle whatever a file says.
"""

from __future__ import annotations

import functools
import importlib.util
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from modules.foundation.errors import InvalidPictureError, ModelFileError, OutOfMemoryError, UnsupportedModelError
from modules.hardware.torchvision_repair import repair_torchvision
from modules.weights.reading import read_object

if TYPE_CHECKING:
    from spandrel import ArchRegistry, ImageModelDescriptor

log = logging.getLogger(__name__)
_BROKEN = (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What building a network from tensors of the wrong shapes or names raises, depending on the kind."""


class UpscalingNetwork:
    """A network in memory, ready to enlarge. Use from one thread at a time."""

    def __init__(self, descriptor: ImageModelDescriptor[Any], name: str) -> None:
        self._descriptor, self._name = descriptor, name

    @property
    def scale(self) -> int:
        return self._descriptor.scale

    def __call__(self, pixels: Tensor) -> Tensor:
        """Enlarge. Shapes: [1,3,h,w] float32 in main memory -> [1,3,h*scale,w*scale], the same. Range: 0..1.

        Raises: OutOfMemoryError; InvalidPictureError where the network makes something that is no picture.
        """
        enlarged = self._run(pixels)
        if not enlarged.isfinite().all() and self._descriptor.dtype is not torch.float32:
            log.warning("%s: the numbers overflow in 16 bits; it goes on in 32", self._name)
            self._descriptor.float()
            enlarged = self._run(pixels)
        if not enlarged.isfinite().all():
            raise InvalidPictureError(f"The upscaler {self._name} made something that is not a picture.",
                                      remedy="Its file may be damaged: get it again, or choose another upscaler.")
        return enlarged

    def _run(self, pixels: Tensor) -> Tensor:
        try:
            return self._descriptor(pixels.to(self._descriptor.device, self._descriptor.dtype)).float().cpu()
        except torch.OutOfMemoryError as error:
            raise OutOfMemoryError(
                f"Not enough memory to upscale a piece of {pixels.shape[3]}x{pixels.shape[2]} with {self._name}.",
                remedy="Choose a smaller tile size in Settings, Upscaling.") from error


def load_upscaler(path: Path, device: torch.device, *, half: bool) -> UpscalingNetwork:
    """Read, recognise and build an upscaler.

    Raises: ModelFileError (damaged or unsafe); UnsupportedModelError (some other kind of network).
    """
    descriptor = load_descriptor(path)
    if descriptor.purpose not in ("SR", "Restoration"):
        raise UnsupportedModelError(f"{path.name} is a {descriptor.architecture.name} network, not an upscaler.",
                                    remedy="Move it to the folder of its kind under models.")
    if (descriptor.input_channels, descriptor.output_channels) != (3, 3):
        raise UnsupportedModelError(f"{path.name} works on pictures of {descriptor.input_channels} channels, not on "
                                    "coloured ones.", remedy="Choose another upscaler.")
    sixteen_bits = half and descriptor.supports_half
    descriptor.model.requires_grad_(False).to(device, torch.float16 if sixteen_bits else torch.float32)
    return UpscalingNetwork(descriptor.eval(), path.stem)


def load_descriptor(path: Path) -> ImageModelDescriptor[Any]:
    """Read and build a network of any kind that takes and gives pictures, in main memory. Raises: ModelFileError."""
    content = read_object(path)
    if not isinstance(content, dict):
        raise ModelFileError(f"{path.name} holds no table of weights.",
                             remedy="Check that it is the kind of file this folder is for.")
    registry = _architectures()
    from spandrel import ImageModelDescriptor
    from spandrel import UnsupportedModelError as UnknownArchitecture
    try:
        descriptor = registry.load(content)
    except UnknownArchitecture as error:
        raise UnsupportedModelError(f"{path.name} is no upscaler of a kind that is known here.",
                                    remedy="Choose another file.") from error
    except _BROKEN as error:
        raise ModelFileError(f"{path.name} is damaged, or a variant that is not known here "
                             f"({str(error).splitlines()[0][:100] if str(error) else type(error).__name__}).",
                             remedy="Download the file again.") from error
    if not isinstance(descriptor, ImageModelDescriptor):
        raise UnsupportedModelError(f"{path.name} fills holes in pictures; it is not an upscaler.",
                                    remedy="Choose another file.")
    return descriptor


@functools.cache
def _architectures() -> ArchRegistry:
    """Give every kind of network spandrel knows; those of its second package where that is installed.

    Its licences forbid commercial use, so that some people cannot have it.
    """
    repair_torchvision()
    from spandrel import MAIN_REGISTRY

    registry = MAIN_REGISTRY.copy()
    if importlib.util.find_spec("spandrel_extra_arches"):
        from spandrel_extra_arches import EXTRA_REGISTRY
        registry.add(*EXTRA_REGISTRY, ignore_duplicates=True)
    return registry
