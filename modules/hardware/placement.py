"""Which device computes, in which number format, and what is moved away to save its memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

import torch

from modules.foundation.errors import ConfigurationError

_WORKING_BYTES = 2**30
"""What computing takes beside the weights, in a batch of one; more is found on the way, or done without."""
_LARGE_BYTES = 4 * 2**30
"""Between the weights of Stable Diffusion 2 and those of XL, in 16 bits."""


class Offload(Enum):
    """What leaves the device's memory while it is not computing."""

    AUTOMATIC = "automatic"
    """Settled for each model by the memory that is free."""
    LARGE_MODELS = "large models"
    """Whole models for those of SDXL's size (``--medvram-sdxl``), automatic for all others."""
    NOTHING = "nothing"
    WHOLE_MODELS = "whole models"
    """Text encoder, U-Net and VAE take turns (``--medvram``)."""
    LAYER_BY_LAYER = "layer by layer"
    """The U-Net too is brought in piece by piece (``--lowvram``)."""


class Precision(Enum):
    """The number format asked for; the names are those of A1111's ``--precision``."""

    AUTOMATIC = "autocast"
    FULL = "full"
    HALF = "half"
    BFLOAT16 = "bf16"


@dataclass(frozen=True)
class PlacementWish:
    """What the launch flags ask for."""

    use_cpu: bool = False
    device_id: int | None = None
    no_half: bool = False
    no_half_vae: bool = False
    precision: Precision = Precision.AUTOMATIC
    offload: Offload = Offload.AUTOMATIC


@dataclass(frozen=True)
class ModelBytes:
    """What the weights of a model take: of its largest part, and of all together."""

    largest: int
    total: int


@dataclass(frozen=True)
class Machine:
    """The accelerators PyTorch sees."""

    cuda_devices: int = 0
    has_mps: bool = False


@dataclass(frozen=True)
class Placement:
    """Where and how models compute. Weights are converted to these formats when they are loaded."""

    device: torch.device
    unet_dtype: torch.dtype
    vae_dtype: torch.dtype
    text_dtype: torch.dtype
    offload: Offload = Offload.NOTHING


CPU_PLACEMENT = Placement(torch.device("cpu"), torch.float32, torch.float32, torch.float32)


def probe_machine() -> Machine:
    """Ask PyTorch what there is."""
    return Machine(torch.cuda.device_count() if torch.cuda.is_available() else 0, torch.backends.mps.is_available())


def choose_placement(wish: PlacementWish, machine: Machine) -> Placement:
    """Decide once where everything computes. Raises: ConfigurationError for a device that is not there."""
    device = _choose_device(wish, machine)
    half = _half_dtype(wish, device)
    full = torch.float32
    whole = half is None or wish.no_half
    # MPS decodes to black in fp16 with most VAEs
    vae_whole = whole or wish.no_half_vae or device.type == "mps"
    offload = wish.offload if device.type == "cuda" else Offload.NOTHING
    return Placement(device, full if whole else half or full, full if vae_whole else half or full,
                     full if whole else half or full, offload)


def settle_offload(placement: Placement, weights: ModelBytes, free_bytes: int | None) -> Placement:
    """Decide what leaves the device for one model, where that is left to the memory there is.

    ``free_bytes`` is what the device has for this model; None: unknown.
    """
    if placement.offload not in (Offload.AUTOMATIC, Offload.LARGE_MODELS):
        return placement
    if placement.offload is Offload.LARGE_MODELS and weights.total > _LARGE_BYTES:
        return replace(placement, offload=Offload.WHOLE_MODELS)
    fits = [offload for offload, needed in ((Offload.NOTHING, weights.total), (Offload.WHOLE_MODELS, weights.largest))
            if free_bytes is None or needed + _WORKING_BYTES <= free_bytes]
    return replace(placement, offload=fits[0] if fits else Offload.LAYER_BY_LAYER)


def prepare_device(placement: Placement) -> None:
    """Switch on what makes an accelerator fast at no visible cost: TF32 for what stays in fp32."""
    if placement.device.type == "cuda":
        torch.backends.cuda.matmul.allow_tf32 = True
        torch.backends.cudnn.allow_tf32 = True


def loading_device(placement: Placement) -> torch.device:
    """Give the place weights go to first: parts that take turns on the device start in main memory."""
    takes_turns = placement.offload in (Offload.WHOLE_MODELS, Offload.LAYER_BY_LAYER)
    return torch.device("cpu") if takes_turns else placement.device


def _choose_device(wish: PlacementWish, machine: Machine) -> torch.device:
    if wish.use_cpu:
        return torch.device("cpu")
    if wish.device_id is not None and not 0 <= wish.device_id < machine.cuda_devices:
        raise ConfigurationError(f"There is no GPU number {wish.device_id}: PyTorch sees {machine.cuda_devices}.",
                                 remedy="Start without --device-id, or with --use-cpu all.")
    if machine.cuda_devices:
        return torch.device("cuda", wish.device_id or 0)
    return torch.device("mps" if machine.has_mps else "cpu")


def _half_dtype(wish: PlacementWish, device: torch.device) -> torch.dtype | None:
    """Give the 16-bit format to compute in, or None for 32 bits."""
    if wish.precision is Precision.FULL:
        return None
    if device.type == "cpu":  # fp16 is a hundred times slower than fp32 there; bf16 shifts pictures a little
        return None if wish.precision is Precision.AUTOMATIC else torch.bfloat16
    return torch.bfloat16 if wish.precision is Precision.BFLOAT16 else torch.float16
