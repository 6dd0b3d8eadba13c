"""What memory there is, and how models of the usual sizes would use it."""

from __future__ import annotations

from modules.application.program import placement_wish
from modules.hardware.memory import available_bytes, device_memory, system_memory
from modules.hardware.placement import (
    ModelBytes,
    Offload,
    Placement,
    choose_placement,
    probe_machine,
    settle_offload,
)
from modules.settings.flags import LaunchFlags

_GIB = 2**30
_USUAL = (("SD 1 and 2", ModelBytes(1_720_000_000, 2_130_000_000)), ("SDXL", ModelBytes(5_140_000_000, 6_940_000_000)))
"""The weights of the usual models in 16 bits."""
_WAYS = {
    Offload.NOTHING: "whole",
    Offload.WHOLE_MODELS: "in parts that take turns, as with --medvram",
    Offload.LAYER_BY_LAYER: "layer by layer, as with --lowvram (slow)",
}


def describe_memory(flags: LaunchFlags) -> list[tuple[str, str]]:
    """List what there is and what fits, each as a subject and a text. Raises: ConfigurationError."""
    placement = choose_placement(placement_wish(flags), probe_machine())
    lines, main, own = [], system_memory(), device_memory(placement.device)
    if main is not None:
        lines.append(("RAM", f"{main.free / _GIB:.1f} GB of {main.total / _GIB:.1f} GB free"))
    if own is not None:
        lines.append(("VRAM", f"{own.free / _GIB:.1f} GB of {own.total / _GIB:.1f} GB free"))
    free = available_bytes(placement.device) or (main.free if main else None)
    return [*lines, ("Models fit", "; ".join(f"{name} {_describe_fit(weights, placement, free)}"
                                             for name, weights in _USUAL))]


def _describe_fit(weights: ModelBytes, placement: Placement, free: int | None) -> str:
    scale = placement.unet_dtype.itemsize / 2
    weights = ModelBytes(int(weights.largest * scale), int(weights.total * scale))
    if placement.device.type == "cuda":
        return _WAYS[settle_offload(placement, weights, free).offload]
    return "whole" if free is None or weights.total < free else f"not: {weights.total / _GIB:.0f} GB would be needed"
