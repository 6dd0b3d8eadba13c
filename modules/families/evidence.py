"""What a family may look at to recognise a checkpoint, and how it says no."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from modules.families.sidecar import Sidecar
from modules.foundation.errors import ModelFileError
from modules.foundation.size import LATENT_SCALE, Size

Shapes = Mapping[str, tuple[int, ...]]

UNET_PREFIX = "model.diffusion_model."
AUTOENCODER_PREFIX = "first_stage_model."
FIRST_CONVOLUTION = UNET_PREFIX + "input_blocks.0.0.weight"
DEPTH_PREFIX = "depth_model.model."
NORM_GROUPS = 32
"""Group normalisation always works on 32 groups, so the widths of U-Net and VAE are multiples of it."""
_PLAUSIBLE_SIDES = range(64, 4097, 8)


class NotMineError(Exception):
    """The checkpoint belongs to another family; the text says how one can tell."""


@dataclass(frozen=True)
class Evidence:
    """A checkpoint's names and shapes, its header's texts, and the settings file beside it."""

    shapes: Shapes
    metadata: Mapping[str, str] = field(default_factory=dict)
    sidecar: Sidecar = field(default_factory=Sidecar)
    name: str = ""
    """What people call the file; only for what nothing else tells."""

    def has(self, start: str) -> bool:
        """Whether any tensor's name begins so."""
        return any(name.startswith(start) for name in self.shapes)

    def below(self, prefix: str) -> dict[str, tuple[int, ...]]:
        """Give the shapes under a prefix, without the prefix."""
        return {name[len(prefix):]: shape for name, shape in self.shapes.items() if name.startswith(prefix)}

    def native_size(self, default: Size) -> Size:
        """Give the size the header or the folder names, which its maker knows best, or the family's."""
        try:
            side = (self.sidecar.native_cells or 0) * LATENT_SCALE
            stated = Size(side, side) if side else Size.parse(self.metadata.get("modelspec.resolution", ""))
        except ValueError:
            return default
        return stated if all(side in _PLAUSIBLE_SIDES for side in (stated.width, stated.height)) else default


def shape_of(shapes: Shapes, name: str, dimensions: int) -> tuple[int, ...]:
    """Give a tensor's shape. Raises: ModelFileError when it is missing or of another kind."""
    shape = shapes.get(name)
    if shape is None:
        raise ModelFileError(f"The checkpoint lacks the tensor {name}.",
                             remedy="It may be damaged or pruned too far. Download it again.")
    if len(shape) != dimensions or 0 in shape:
        raise ModelFileError(f"The checkpoint's tensor {name} has the shape {list(shape)}, "
                             f"where {dimensions} dimensions were expected.",
                             remedy="It may be damaged. Download it again.")
    return shape


def count_indices(shapes: Shapes, prefix: str) -> int:
    """Count the numbered parts below a prefix: ``layers.`` with ``layers.0`` and ``layers.1`` gives 2."""
    numbers = {name[len(prefix):].split(".", 1)[0] for name in shapes if name.startswith(prefix)}
    return sum(1 for number in numbers if number.isdigit())
