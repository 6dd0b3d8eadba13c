"""What a job does without once memory has run out: one step of a ladder after another, each said once.

The steps are taken where memory ran out, so that nothing is computed twice but what failed. A picture that is
computed apart from its batch is what it is alone; tiles of the VAE may change its colours by a shade.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import torch

from modules.hardware.memory import MEMORY_ERRORS, available_bytes, is_out_of_memory, release_memory
from modules.hardware.placement import Offload

if TYPE_CHECKING:
    from modules.engine.offloading import TurnTaking

Result = TypeVar("Result")
Say = Callable[[str], None]
Step = Callable[[], None]
RESCUE_FORMATS: tuple[torch.dtype, ...] = (torch.float32,)
_TILES_PX = (512, 256)
_VALUES_PER_PX = 2000
"""How many numbers a VAE holds for each pixel of a picture while it decodes it in one piece."""
_WAITING = {
    Offload.WHOLE_MODELS: "parts of the model that were not computing waited in main memory, as with --medvram",
    Offload.LAYER_BY_LAYER: "the U-Net was brought in layer by layer, as with --lowvram, which is slow",
}


class Economy:
    """The state of the ladder. A new one is at its foot, where nothing is saved.

    ``vae_formats`` are the number formats in which a VAE that overflowed tries again, in turn.
    """

    def __init__(self, say: Say = lambda text: None, vae_formats: tuple[torch.dtype, ...] = RESCUE_FORMATS) -> None:
        self._say = say
        self._said: set[str] = set()
        self.vae_formats = vae_formats
        self.images: int | None = None
        """How many pictures of a batch pass through the U-Net at once; None: all."""
        self.rows: int | None = None
        """How many rows of one picture do; None: all."""
        self.tile_px: int | None = None
        """The side of the tiles in which pictures pass through the VAE; None: whole."""

    def say(self, text: str) -> None:
        """Tell the person about the result, once."""
        if text not in self._said:
            self._said.add(text)
            self._say(text)

    def unet_steps(self, images: int, rows: int, turns: TurnTaking) -> Iterator[Step]:
        """List what can be done for a U-Net that ran out of memory over so many pictures, each of so many rows."""
        images, rows = min(images, self.images or images), min(rows, self.rows or rows)
        while images > 1:
            images = (images + 1) // 2
            yield partial(self._limit_images, images)
        while rows > 1:
            rows = (rows + 1) // 2
            yield partial(self._limit_rows, rows)
        yield from self.offload_steps(turns)

    def vae_steps(self, side_px: int, turns: TurnTaking) -> Iterator[Step]:
        """List what can be done for a VAE that ran out of memory over a picture with this longer side."""
        for tile_px in _TILES_PX:
            if side_px > tile_px and (self.tile_px is None or self.tile_px > tile_px):
                yield partial(self._tile, tile_px)
        yield from self.offload_steps(turns)

    def offload_steps(self, turns: TurnTaking) -> Iterator[Step]:
        """List the ways in which more of a model can leave the device."""
        for offload in turns.more_frugal():
            yield partial(self._offload, turns, offload)

    def tile_for(self, pixels: int, dtype: torch.dtype, device: torch.device) -> int | None:
        """Give the side of the tiles a picture is to pass in; None where it passes whole.

        A picture that is sure not to fit is tiled before anything fails.
        """
        if self.tile_px is None:
            free = available_bytes(device)
            if free is not None and pixels * _VALUES_PER_PX * dtype.itemsize > free:
                self._tile(_TILES_PX[0])
        return self.tile_px

    def _limit_images(self, images: int) -> None:
        self.images = images
        self.say("Memory ran out: the pictures of a batch were computed in smaller groups. They are the same.")

    def _limit_rows(self, rows: int) -> None:
        self.rows = rows
        self.say("Memory ran out: prompt and negative prompt were computed one after the other.")

    def _tile(self, tile_px: int) -> None:
        self.tile_px = tile_px
        self.say(f"Memory ran out: pictures passed through the VAE in tiles of {tile_px} pixels.")

    def _offload(self, turns: TurnTaking, offload: Offload) -> None:
        turns.change(offload)
        self.say(f"Memory ran out: {_WAITING[offload]}.")


def attempt(compute: Callable[[], Result], steps: Iterator[Step]) -> Result:
    """Compute; each time memory runs out, take the next step and try again. Raises: what the last try raised."""
    for step in steps:
        try:
            return compute()
        except MEMORY_ERRORS as error:
            if not is_out_of_memory(error):
                raise
        release_memory()  # only now: the error held on to everything that was being computed
        step()
    return compute()
