"""Small objects of A1111's that have little or nothing to do here, and what an extension may still ask of them."""

from __future__ import annotations

import json
from typing import Any

from modules.compat.callbacks import call_back
from modules.compat.devices import torch_gc
from modules.compat.extra_networks import ExtraNetwork
from modules.compat.host import HOST
from modules.compat.page.translations import read_translation, translation_files


class SdOptimization:
    """A way to compute attention. Extensions may list theirs; PyTorch's own is used."""

    name: str = ""
    label: str | None = None
    cmd_opt: str | None = None
    priority: int = 0

    def title(self) -> str:
        return self.name if self.label is None else f"{self.name} - {self.label}"

    def is_available(self) -> bool:
        return True

    def apply(self) -> None:
        """For subclasses."""

    def undo(self) -> None:
        """For subclasses."""


class SdUnetOption:
    """A U-Net in the place of the model's own. Extensions may list theirs."""

    model_name: str | None = None
    label: str | None = None

    def create_unet(self) -> Any:
        """For subclasses."""
        raise NotImplementedError


class SdUnet:
    """A U-Net of an extension's own."""

    def forward(self, x: Any, timesteps: Any, context: Any, *args: Any, **kwargs: Any) -> Any:
        """For subclasses."""
        raise NotImplementedError

    def activate(self) -> None:
        """For subclasses."""

    def deactivate(self) -> None:
        """For subclasses."""


def unet_options() -> list[SdUnetOption]:
    """List what extensions offer."""
    found: list[SdUnetOption] = []
    call_back("list_unets", found)
    return found


class ExtraNetworkHypernet(ExtraNetwork):
    """Hypernetworks; the core takes care of them."""

    def __init__(self) -> None:
        super().__init__("hypernet")

    def activate(self, p: Any, params_list: list[Any]) -> None:
        """Do nothing."""

    def deactivate(self, p: Any) -> None:
        """Do nothing."""


def send_everything_to_cpu() -> None:
    """Give back memory that nothing uses; models leave the device by themselves where there is too little."""
    torch_gc()


def is_low_memory(sd_model: Any = None) -> bool:
    """Say whether models take turns on the device."""
    flags = HOST.require().flags
    return bool(flags.lowvram or flags.medvram)


def find_localizations() -> dict[str, list[str]]:
    """Return the files of translations by the name of their language."""
    found: dict[str, list[str]] = {}
    for file in translation_files():
        found.setdefault(file.stem, []).append(str(file))
    return found


def localization_js(current_localization_name: str) -> str:
    """Write the translations of a language as a script of the page."""
    return f"window.localization = {json.dumps(read_translation(current_localization_name))}"


def do_nothing(*_: Any, **__: Any) -> None:
    """Take anything and do nothing: the program has seen to it."""


def list_nothing(*_: Any, **__: Any) -> list[Any]:
    """Return that there is nothing."""
    return []


class TrainingTemplate:
    """A file of prompts for training."""

    def __init__(self, name: str, path: str) -> None:
        self.name, self.path = name, path
