"""VAEs that were in use and may be wanted again, in main memory."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import nn

from modules.engine.model_files import FileStamp, stamp_of

if TYPE_CHECKING:
    from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL


class VaeCupboard:
    """Keeps the VAEs used last, by the file each came from; none until told how many."""

    def __init__(self) -> None:
        self._most = 0
        self._kept: OrderedDict[FileStamp, AutoencoderKL] = OrderedDict()

    def keep(self, most: int) -> None:
        """Keep this many from now on."""
        self._most = most
        self._tidy()

    def put(self, path: Path, vae: AutoencoderKL) -> None:
        """Put one away that is not used any more."""
        stamp = stamp_of(path)
        if self._most and stamp is not None:
            with torch.inference_mode(False), torch.no_grad():
                self._kept[stamp] = nn.Module.to(vae, "cpu")
            self._tidy()

    def take(self, path: Path, device: torch.device) -> AutoencoderKL | None:
        """Take out the VAE of a file, to a device; None where it is not here or the file has changed."""
        stamp = stamp_of(path)
        found = None if stamp is None else self._kept.pop(stamp, None)
        if found is not None:
            with torch.inference_mode(False), torch.no_grad():
                nn.Module.to(found, device)
        return found

    def clear(self) -> None:
        """Let all go."""
        self._kept.clear()

    def _tidy(self) -> None:
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
