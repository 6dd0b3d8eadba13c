"""What ``modules.shared`` and ``modules.shared_items`` list and keep besides options and state."""

from __future__ import annotations

from typing import Any

from modules.compat.facade import facade
from modules.compat.host import HOST

LATENT_UPSCALE_MODES = {
    "Latent": {"mode": "bilinear", "antialias": False},
    "Latent (antialiased)": {"mode": "bilinear", "antialias": True},
    "Latent (bicubic)": {"mode": "bicubic", "antialias": False},
    "Latent (bicubic antialiased)": {"mode": "bicubic", "antialias": True},
    "Latent (nearest)": {"mode": "nearest", "antialias": False},
    "Latent (nearest-exact)": {"mode": "nearest-exact", "antialias": False},
}


class TotalTQDM:
    """Progress in a terminal: there is none, the page and the log show it."""

    def reset(self) -> None:
        """Do nothing."""

    def update(self) -> None:
        """Do nothing."""

    def updateTotal(self, new_total: int) -> None:
        """Do nothing: a job's progress follows ``state.job_count``."""

    def clear(self) -> None:
        """Do nothing."""


class MemUsageMonitor:
    """Memory in use, as the device tells it."""

    disabled = True
    name, device, opts = "MemMon", None, None

    def __init__(self, name: str = "MemMon", device: Any = None, opts: Any = None) -> None:
        self.data: dict[str, int] = {}

    def monitor(self) -> None:
        """Do nothing: nothing is recorded."""

    def read(self) -> dict[str, int]:
        """Return the device's memory now. Units: bytes."""
        from modules.compat.devices import device
        from modules.hardware.memory import device_memory

        memory = device_memory(device())
        return {} if memory is None else {"free": memory.free, "total": memory.total}

    def stop(self) -> dict[str, int]:
        return self.read()

    def dump_debug(self) -> None:
        """Do nothing."""


def hypernetworks() -> dict[str, str]:
    """Return the files of hypernetworks by name."""
    return {entry.name: str(entry.path) for entry in HOST.require().bench.networks.hypernetworks}


def reload_hypernetworks() -> None:
    """Look into the folders again."""
    HOST.require().bench.networks.refresh()


def list_checkpoint_tiles(use_short: bool = False) -> list[str]:
    """List the checkpoints as menus show them."""
    tiles: list[str] = facade("sd_models").checkpoint_tiles(use_short)
    return tiles


def refresh_checkpoints() -> None:
    """Look into the folders again."""
    facade("sd_models").list_models()


def list_samplers() -> list[Any]:
    """List the samplers."""
    from modules.compat.samplers import all_samplers

    return all_samplers


def realesrgan_models_names() -> list[str]:
    """List the well-known networks of that kind."""
    from modules.imaging.upscaling.known import KNOWN_UPSCALERS

    return [known.label for known in KNOWN_UPSCALERS if known.kind == "RealESRGAN"]


def sd_vae_items() -> list[str]:
    """List what the VAE setting accepts."""
    return ["Automatic", "None", *HOST.require().bench.catalog.vaes]


def refresh_vae_list() -> None:
    """Look into the folders again."""
    facade("sd_models").list_models()
