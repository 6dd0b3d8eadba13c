"""Every operation there is, and the order in which those that were asked for are done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from modules.extras.autosized_crop import AutosizedCrop
from modules.extras.enlarging import Target, Upscale
from modules.extras.face_repair import CodeFormer, Gfpgan
from modules.extras.flipping import FlippedCopies
from modules.extras.focal_crop import FocalCrop
from modules.extras.operation import Operation
from modules.extras.request import SCALE_TO, ExtrasRequest
from modules.extras.splitting import SplitOversized
from modules.foundation.size import Size


@dataclass(frozen=True)
class OperationKind:
    """An operation that can be asked for: ``read`` finds it in a request, None where it is not wanted."""

    name: str
    order: int
    read: Callable[[ExtrasRequest], Operation | None]
    build_controls: Callable[[], Mapping[str, Any]] | None = None
    """Adds its controls to the page being built, and returns them by name; None: the page has its own for it."""


def choose_operations(request: ExtrasRequest, kinds: Sequence[OperationKind], preferred: Sequence[str],
                      disabled: Sequence[str]) -> tuple[Operation, ...]:
    """Return the wanted operations: those of ``preferred`` in that order first, the others by their number."""
    ordered = sorted((kind for kind in kinds if kind.name not in disabled), key=lambda kind: (
        preferred.index(kind.name) if kind.name in preferred else len(preferred), kind.order, kind.name))
    return tuple(operation for kind in ordered if (operation := kind.read(request)) is not None)


def read_upscale(request: ExtrasRequest) -> Upscale:
    """Read how to enlarge; also where that is off, for its size."""
    size = Size(request.upscaling_resize_w, request.upscaling_resize_h)
    target = Target(request.upscaling_resize, request.max_side_length,
                    size if request.resize_mode == SCALE_TO else None, request.upscaling_crop)
    return Upscale(target, request.upscaler_1, request.upscaler_2, request.extras_upscaler_2_visibility,
                   request.upscale_enabled)


def _read_gfpgan(request: ExtrasRequest) -> Gfpgan | None:
    return Gfpgan(request.gfpgan_visibility) if request.gfpgan_visibility else None


def _read_codeformer(request: ExtrasRequest) -> CodeFormer | None:
    if not request.codeformer_visibility:
        return None
    return CodeFormer(request.codeformer_visibility, request.codeformer_weight)


BUILTIN: tuple[OperationKind, ...] = (
    OperationKind(Upscale.name, Upscale.order, read_upscale),
    OperationKind(Gfpgan.name, Gfpgan.order, _read_gfpgan),
    OperationKind(CodeFormer.name, CodeFormer.order, _read_codeformer),
    OperationKind(SplitOversized.name, SplitOversized.order, lambda request: request.split_oversized),
    OperationKind(FocalCrop.name, FocalCrop.order, lambda request: request.focal_crop),
    OperationKind(AutosizedCrop.name, AutosizedCrop.order, lambda request: request.autosized_crop),
    OperationKind(FlippedCopies.name, FlippedCopies.order, lambda request: request.flipped_copies),
)


class OperationShelf:
    """Every operation there is: those built in, and those of plugins. Safe to use from any thread."""

    def __init__(self) -> None:
        self._added: tuple[OperationKind, ...] = ()

    @property
    def kinds(self) -> tuple[OperationKind, ...]:
        return (*BUILTIN, *self._added)

    @property
    def added(self) -> tuple[OperationKind, ...]:
        """Those of plugins."""
        return self._added

    def replace_added(self, kinds: Sequence[OperationKind]) -> None:
        """Take these for the operations of plugins; one that is called like another is left out."""
        taken = {kind.name for kind in BUILTIN}
        fresh = []
        for kind in kinds:
            if kind.name not in taken:
                taken.add(kind.name)
                fresh.append(kind)
        self._added = tuple(fresh)
