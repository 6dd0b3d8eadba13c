"""Upscalers under A1111's names: those of the core as objects, and those of extensions put on the core's shelf."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from PIL import Image

from modules.compat.extension_list import find_extension
from modules.compat.facade import facade
from modules.compat.host import HOST
from modules.compat.launching import OncePerHost
from modules.foundation.size import Size
from modules.imaging.upscaling.entry import Tiling, UpscalerEntry
from modules.imaging.upscaling.provided import PROVIDED
from modules.imaging.upscaling.shelf import destination_size
from modules.plugins.importing import acting_for, current_owner

LANCZOS = Image.Resampling.LANCZOS
NEAREST = Image.Resampling.NEAREST


class Upscaler:
    """A kind of upscalers. Extensions subclass it; ``scalers`` are its entries on the list."""

    name: str | None = None
    model_name: str | None = None
    model_url: str | None = None
    enable = True
    filter: str | None = None
    scalers: list[UpscalerData]
    tile = True

    def __init__(self, create_dirs: bool = False) -> None:
        options = facade("shared").cmd_opts
        self.scalers = []
        self.scale: float = 1
        self.img: Image.Image | None = None
        self.output: Image.Image | None = None
        self.mod_pad_h = self.mod_scale = self.model = None
        self.model_download_path: str | None = None
        self.tile_size = facade("shared").opts.ESRGAN_tile
        self.tile_pad = facade("shared").opts.ESRGAN_tile_overlap
        self.device = self.half = None
        self.user_path: str | None = None
        models = HOST.require().flags.models_dir
        self.model_path = str(getattr(options, f"{(self.name or '').lower()}_models_path", None)
                              or models / (self.name or ""))
        if create_dirs and self.name:
            Path(self.model_path).mkdir(parents=True, exist_ok=True)

    def do_upscale(self, img: Image.Image, selected_model: str) -> Image.Image:
        """Enlarge a picture once, by the network's own factor."""
        return img

    def upscale(self, img: Image.Image, scale: float, selected_model: str | None = None) -> Image.Image:
        """Enlarge a picture, in up to three rounds, to sides that are multiples of 8."""
        self.scale = scale
        target = destination_size(Size(*img.size), scale)
        for _ in range(3):
            if img.width >= target.width and img.height >= target.height and scale != 1:
                break
            before = img.size
            img = self.do_upscale(img, selected_model or "")
            if img.size == before or scale == 1:
                break
        wanted = (target.width, target.height)
        return img if img.size == wanted else img.resize(wanted, LANCZOS)

    def load_model(self, path: str) -> Any:
        """Load a network; for subclasses."""
        raise NotImplementedError

    def find_models(self, ext_filter: list[str] | None = None) -> list[str]:
        """List the files in the folder of this kind."""
        return facade("modelloader").load_models(self.model_path, self.model_url, self.user_path,
                                                 ext_filter=ext_filter)

    def update_status(self, prompt: str) -> None:
        """Do nothing: progress is shown on the page."""


class UpscalerData:
    """An upscaler on the list."""

    def __init__(self, name: str, path: str | None, upscaler: Upscaler | None = None, scale: int = 4,
                 model: Any = None, sha256: str | None = None) -> None:
        self.name, self.data_path, self.local_data_path = name, path, path
        self.scaler: Upscaler = upscaler or Upscaler()
        self.scale, self.model, self.sha256 = scale, model, sha256

    def __repr__(self) -> str:
        return f"<UpscalerData name={self.name} path={self.data_path} scale={self.scale}>"


class CoreUpscaler(Upscaler):
    """An upscaler of the core's shelf."""

    def __init__(self, entry: UpscalerEntry) -> None:
        self.name = entry.kind or entry.name
        super().__init__()
        self._entry = entry

    def do_upscale(self, img: Image.Image, selected_model: str) -> Image.Image:
        return self.upscale(img, 1, selected_model)

    def upscale(self, img: Image.Image, scale: float, selected_model: str | None = None) -> Image.Image:
        opts = facade("shared").opts
        tiling = Tiling(int(opts.ESRGAN_tile), int(opts.ESRGAN_tile_overlap))
        return HOST.require().bench.upscalers.upscale(img, self._entry.name, scale, tiling)


class UpscalerNone(Upscaler):
    """No enlarging."""

    name = "None"


class UpscalerLanczos(Upscaler):
    """Plain resizing."""

    name = "Lanczos"

    def do_upscale(self, img: Image.Image, selected_model: str) -> Image.Image:
        return img.resize((int(img.width * self.scale), int(img.height * self.scale)), LANCZOS)


class UpscalerNearest(Upscaler):
    """Plain resizing into squares."""

    name = "Nearest"

    def do_upscale(self, img: Image.Image, selected_model: str) -> Image.Image:
        return img.resize((int(img.width * self.scale), int(img.height * self.scale)), NEAREST)


OWN_CLASSES = (CoreUpscaler, UpscalerNone, UpscalerLanczos, UpscalerNearest)


class UpscalerList(list[UpscalerData]):
    """``shared.sd_upscalers``: what extensions add here can be chosen everywhere."""

    def append(self, data: UpscalerData) -> None:
        super().append(data)
        provide(data)

    def extend(self, more: Any) -> None:
        for data in more:
            self.append(data)

    def __iadd__(self, more: Any) -> UpscalerList:  # type: ignore[misc,override]
        self.extend(more)
        return self


def provide(data: UpscalerData) -> None:
    """Put an extension's upscaler on the core's shelf."""
    def enlarge(picture: Image.Image, scale: float) -> Image.Image:
        return data.scaler.upscale(picture, scale, data.data_path)

    PROVIDED.add(current_owner(), data.name, enlarge)


def upscalers_in_force() -> UpscalerList:
    """Return the list, brought up to date with the core's shelf."""
    known = _upscalers()
    entries = {entry.name: entry for entry in HOST.require().bench.upscalers.entries}
    names = {data.name for data in known}
    if names != set(entries):
        known[:] = [data for data in known if data.name in entries]
        for name, entry in entries.items():
            if name not in names:
                path = str(entry.path) if entry.path else None
                list.append(known, UpscalerData(name, path, CoreUpscaler(entry), entry.scale))
    return known


def load_upscalers() -> None:
    """Put those of every subclass of ``Upscaler`` that extensions have defined on the list."""
    host = HOST.require()
    host.bench.upscalers.refresh()
    known = upscalers_in_force()
    names = {data.name for data in known}
    for kind in _subclasses(Upscaler):
        if kind in OWN_CLASSES:
            continue
        owner = _owner_of(kind)
        made = host.calls.call(owner or kind.__module__, "upscaler", kind)
        with acting_for(owner):
            known.extend(data for data in (made.scalers if made is not None else ()) if data.name not in names)


def _owner_of(kind: type[Upscaler]) -> str:
    """Return the extension that a class is from."""
    file = getattr(sys.modules.get(kind.__module__), "__file__", None)
    extension = find_extension(file) if file else None
    return extension.name if extension else ""


def _subclasses(kind: type[Upscaler]) -> list[type[Upscaler]]:
    return [one for direct in kind.__subclasses__() for one in (direct, *_subclasses(direct))]


_upscalers: OncePerHost[UpscalerList] = OncePerHost(UpscalerList)
