"""The upscalers there are, and enlarging a picture with one of them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import torch
from PIL import Image

from modules.foundation.cancellation import Cancellation
from modules.foundation.errors import InvalidRequestError, NotFoundError
from modules.foundation.size import Size
from modules.imaging.upscaling.entry import WEIGHTED_KINDS, Tiling, UpscalerEntry
from modules.imaging.upscaling.known import known_by_file, known_by_name
from modules.imaging.upscaling.network import UpscalingNetwork, load_upscaler
from modules.imaging.upscaling.provided import PROVIDED
from modules.imaging.upscaling.scanning import find_upscalers
from modules.imaging.upscaling.tiles import (
    OnTile,
    StoppedError,
    TileWatch,
    count_tiles,
    enlarge_in_grid,
    enlarge_weighted,
    enlarge_whole,
)

KIND_FOLDERS = ("ESRGAN", "RealESRGAN", "BSRGAN", "SwinIR", "ScuNET", "DAT", "HAT", "upscale_models")
"""Folders under ``models`` where upscalers are looked for: A1111's, and the one that ComfyUI's users share."""
MOST_PASSES = 3
KEPT_NETWORKS = 2
_RESIZERS = {"None": None, "Lanczos": Image.Resampling.LANCZOS, "Nearest": Image.Resampling.NEAREST}


class UpscalerShelf:
    """Lists upscalers by name and enlarges with them; the networks used last stay in memory.

    Listing never waits; one picture is enlarged by a network at a time.
    """

    def __init__(self, folders: Mapping[str, Sequence[Path]], device: torch.device, *, half: bool = False) -> None:
        self._folders, self._device, self._half = dict(folders), device, half
        self._lock = threading.Lock()
        self._networks: OrderedDict[tuple[Path, int, int], UpscalingNetwork] = OrderedDict()
        self._found: tuple[UpscalerEntry, ...] = ()
        self.refresh()

    @property
    def entries(self) -> tuple[UpscalerEntry, ...]:
        """Plain resizing first, then the files, then what plugins add."""
        return (*(UpscalerEntry(name) for name in _RESIZERS), *self._found, *PROVIDED.entries)

    @property
    def names(self) -> list[str]:
        """The names in the order of every menu."""
        return [entry.name for entry in self.entries]

    def refresh(self) -> None:
        """Look into the folders again."""
        self._found = tuple(find_upscalers(self._folders))

    def find(self, name: str) -> UpscalerEntry:
        """Find by name, file name or a spelling of older versions, whatever the case.

        Raises: NotFoundError, saying where the file of a well-known one belongs, or which upscalers there are.
        """
        wanted = name.lower()
        for entry in self.entries:
            if wanted in (entry.name.lower(), entry.path and entry.path.stem.lower(),
                          entry.path and entry.path.name.lower()):
                return entry
        known = known_by_name(name)
        for entry in self.entries:
            if known and entry.path and known_by_file(entry.path.name) == known:
                return entry
        if known:
            raise NotFoundError(f"The upscaler {known.label} is not installed.", remedy=known.remedy)
        raise NotFoundError(f"There is no upscaler named {name[:80]}.", remedy=f"There are: {', '.join(self.names)}.")

    def upscale(self, image: Image.Image, name: str, scale: float, tiling: Tiling, *,
                on_tile: OnTile | None = None, cancellation: Cancellation | None = None) -> Image.Image:
        """Enlarge a picture; the sides of the result are multiples of 8.

        Networks are applied until the picture is large enough, three times at most; a scale of 1 applies them once.
        Transparency is kept. When asked to stop, it returns the picture resized without the network.

        Raises: NotFoundError; ModelFileError; OutOfMemoryError; InvalidPictureError; InvalidRequestError.
        Reference: A1111 v1.10.1 Upscaler.upscale, for the same pictures.
        """
        entry = self.find(name)
        destination = destination_size(Size(*image.size), scale)
        enlarged = image
        if scale == 1 or _too_small(Size(*image.size), destination):
            if entry.path:
                enlarged = self._apply(entry, image, destination, tiling.of(entry.kind), (on_tile, cancellation))
            elif (provided := PROVIDED.find(entry.name)) is not None:
                enlarged = provided(image, scale)
            elif (filter_ := _RESIZERS.get(entry.name)) is not None:
                enlarged = image.resize((int(image.width * scale), int(image.height * scale)), filter_)
        return _resized(enlarged, destination)

    def release(self) -> None:
        """Forget the networks in memory; waits for the one at work."""
        with self._lock:
            self._networks.clear()
        if self._device.type == "cuda":
            torch.cuda.empty_cache()

    def _apply(self, entry: UpscalerEntry, image: Image.Image, destination: Size, tiling: Tiling,
               watching: tuple[OnTile | None, Cancellation | None]) -> Image.Image:
        """Run the network over the colours; transparency is resized beside them."""
        colours = image.convert("RGB")
        with self._lock:
            network = self._load(entry)
            sizes = plan_passes(Size(*image.size), destination, network.scale)
            weighted = entry.kind in WEIGHTED_KINDS
            watch = TileWatch(sum(count_tiles(size, tiling, weighted=weighted) for size in sizes), *watching)
            enlarge = _choose_way(tiling, weighted=weighted)
            try:
                for _ in sizes:
                    colours = enlarge(colours, network, tiling, watch)
            except StoppedError:
                return image
        if image.has_transparency_data:
            alpha = image.convert("RGBA").getchannel("A")
            colours.putalpha(_resized(alpha, Size(*colours.size)))
        return colours

    def _load(self, entry: UpscalerEntry) -> UpscalingNetwork:
        """Give a network from memory or from its file; one that cannot be loaded is tried again next time."""
        assert entry.path is not None
        try:
            status = entry.path.stat()
        except OSError as error:
            raise NotFoundError(f"The file of the upscaler {entry.name} is not there any more.",
                                remedy="Put it back, or refresh the list and choose another.") from error
        key = (entry.path, status.st_size, status.st_mtime_ns)
        if key not in self._networks:
            network = load_upscaler(entry.path, self._device, half=self._half)
            self._networks[key] = network
            while len(self._networks) > KEPT_NETWORKS:
                self._networks.popitem(last=False)
        self._networks.move_to_end(key)
        return self._networks[key]


def upscaler_folders(models: Path, further: Callable[[str], Sequence[Path]] = lambda kind: ()
                     ) -> dict[str, Sequence[Path]]:
    """Give the folders where upscalers are looked for, by kind; ``further`` names more for a kind."""
    return {kind: (models / kind, *further(kind)) for kind in KIND_FOLDERS}


def destination_size(size: Size, scale: float) -> Size:
    """Give the size of the result: each side scaled, and down to a multiple of 8. Raises: InvalidRequestError."""
    sides = [int(side * scale // 8 * 8) for side in (size.width, size.height)]
    if min(sides) < 8:
        raise InvalidRequestError("upscaling_resize", f"Scaled by {scale:g}, nothing would be left of a picture of "
                                  f"{size}.", remedy="Choose a larger scale.")
    return Size(*sides)


def plan_passes(size: Size, target: Size, factor: int) -> list[Size]:
    """List the sizes at which a network that multiplies sides by ``factor`` is applied in turn."""
    sizes = [size]
    while factor > 1 and len(sizes) < MOST_PASSES:
        size = Size(size.width * factor, size.height * factor)
        if not _too_small(size, target):
            break
        sizes.append(size)
    return sizes


def _too_small(size: Size, target: Size) -> bool:
    return size.width < target.width or size.height < target.height


def _resized(image: Image.Image, size: Size) -> Image.Image:
    wanted = (size.width, size.height)
    return image if image.size == wanted else image.resize(wanted, Image.Resampling.LANCZOS)


def _choose_way(tiling: Tiling, *, weighted: bool
                ) -> Callable[[Image.Image, UpscalingNetwork, Tiling, TileWatch], Image.Image]:
    if tiling.tile_px <= 0:
        return lambda image, network, _, watch: enlarge_whole(image, network, watch)
    return enlarge_weighted if weighted else enlarge_in_grid
