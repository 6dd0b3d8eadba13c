"""``modules.devices``: where tensors are, in which number format, and noise."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import Tensor

from modules.compat.facade import facade
from modules.compat.host import HOST
from modules.foundation.errors import InvalidPictureError
from modules.hardware.memory import release_memory
from modules.hardware.placement import CPU_PLACEMENT, Placement
from modules.sampling.philox import PhiloxGenerator

cpu = torch.device("cpu")


class NansException(InvalidPictureError):
    """Numbers that are none came out where latents or pictures should."""

    def __init__(self, message: str = "The model's output holds numbers that are none.", *, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy or "Try --no-half-vae, --no-half, or another VAE.")


def placement() -> Placement:
    """Return where models compute."""
    return HOST.require().bench.models.placement if HOST.attached else CPU_PLACEMENT


def device() -> torch.device:
    return placement().device


def dtype() -> torch.dtype:
    return placement().unet_dtype


def dtype_vae() -> torch.dtype:
    return placement().vae_dtype


def get_optimal_device() -> torch.device:
    """Return the device that models compute on."""
    return device()


def get_optimal_device_name() -> str:
    return str(device())


def get_cuda_device_string() -> str:
    return str(device())


def get_device_for(task: str) -> torch.device:
    """Return the device for a part of the work; ``--use-cpu`` names parts that stay on the processor."""
    wanted = set(HOST.require().flags.use_cpu) if HOST.attached else set()
    return cpu if {task, "all"} & wanted else device()


def has_mps() -> bool:
    return device().type == "mps"


def torch_gc() -> None:
    """Give back memory that nothing uses."""
    gc.collect()
    release_memory()


def autocast(disable: bool = False) -> AbstractContextManager[Any]:
    """Compute in the model's number format meanwhile; on the processor, as it comes."""
    if disable or device().type == "cpu" or dtype() == torch.float32:
        return contextlib.nullcontext()
    return torch.autocast(device().type, dtype=dtype())


def without_autocast(disable: bool = False) -> AbstractContextManager[Any]:
    """Compute in the tensors' own number formats meanwhile."""
    if disable or not torch.is_autocast_enabled():
        return contextlib.nullcontext()
    return torch.autocast(device().type, enabled=False)


def manual_cast(target_dtype: torch.dtype) -> AbstractContextManager[Any]:
    """Do nothing: tensors are brought to the model's format where they enter it."""
    return contextlib.nullcontext()


def cond_cast_unet(input: Tensor) -> Tensor:
    """Bring a tensor to the U-Net's number format."""
    return input.to(dtype())


def cond_cast_float(input: Tensor) -> Tensor:
    return input.float()


def randn(seed: int, shape: Sequence[int], generator: Any = None) -> Tensor:
    """Draw noise by the chosen source of randomness, from a seed."""
    return randn_local(seed, shape)


def randn_local(seed: int, shape: Sequence[int]) -> Tensor:
    """Draw noise from a fresh generator; the global one stays as it is."""
    generator = create_generator(seed)
    if isinstance(generator, PhiloxGenerator):
        return generator.randn(tuple(shape)).to(device())
    return torch.randn(tuple(shape), generator=generator, device=generator.device).to(device())


def randn_like(x: Tensor) -> Tensor:
    """Draw unseeded noise of the shape of a tensor."""
    return torch.randn_like(x)


def randn_without_seed(shape: Sequence[int], generator: Any = None) -> Tensor:
    """Draw noise from a generator, or unseeded."""
    if isinstance(generator, PhiloxGenerator):
        return generator.randn(tuple(shape)).to(device())
    place = generator.device if generator is not None else device()
    return torch.randn(tuple(shape), generator=generator, device=place).to(device())


def create_generator(seed: int) -> Any:
    """Make a generator of the chosen source."""
    source = facade("shared").opts.randn_source
    if source == "NV":
        return PhiloxGenerator(int(seed))
    place = cpu if source == "CPU" or device().type == "mps" else device()
    return torch.Generator(place).manual_seed(int(seed))


def manual_seed(seed: int) -> None:
    """Seed the global generator."""
    torch.manual_seed(seed)


def test_for_nans(x: Tensor, where: str) -> None:
    """Raises: NansException where every number is none."""
    if bool(torch.isnan(x).all()):
        raise NansException(f"The output of the {where} holds only numbers that are none.")


test_for_nans.__test__ = False  # type: ignore[attr-defined]  # not a test, whatever its name


def first_time_calculation() -> None:
    """Do nothing: libraries warm up with the first picture."""


def enable_tf32() -> None:
    """Do nothing: what makes the device fast is switched on when the program starts."""
