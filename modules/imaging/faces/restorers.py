"""The face restorers there are, what each lacks, and restoring with one."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import torch
from PIL import Image

from modules.foundation.cancellation import Cancellation
from modules.foundation.errors import NotFoundError, OutOfMemoryError
from modules.imaging.faces.detection import RetinaFaceFinder
from modules.imaging.faces.face import Face, FaceFinder
from modules.imaging.faces.known import DETECTOR, FACE_FOLDERS, PARSER, RESTORERS
from modules.imaging.faces.networks import load_into, load_redrawer
from modules.imaging.faces.parsing import ParseNet
from modules.imaging.faces.restoring import FaceTools, restore_faces
from modules.imaging.faces.retinaface import RetinaFace
from modules.imaging.upscaling.known import KnownModel

SUFFIXES = (".pth", ".pt", ".safetensors")
KEPT_NETWORKS = 3
"""As many as one way of restoring needs: what finds faces, what draws them anew, what tells face from background."""
Loaded = TypeVar("Loaded")


@dataclass(frozen=True)
class FaceRestorerEntry:
    """One name in the list. ``folder`` is A1111's ``cmd_dir``; ``missing`` are the files it cannot do without, and
    ``improving`` those not there with which it would do better."""

    name: str
    folder: Path
    missing: tuple[KnownModel, ...]
    improving: tuple[KnownModel, ...] = ()

    @property
    def available(self) -> bool:
        return not self.missing


class FaceRestorers:
    """Restores faces with networks from files; those used last stay in memory. One picture at a time."""

    def __init__(self, folders: Mapping[str, Sequence[Path]], device: torch.device,
                 make_finder: Callable[[Path, torch.device], FaceFinder] | None = None) -> None:
        self._folders, self._device = dict(folders), device
        self._make_finder = make_finder or _load_finder
        self._lock = threading.Lock()
        self._loaded: OrderedDict[tuple[Path, int], object] = OrderedDict()

    @property
    def names(self) -> list[str]:
        """The names in the order of every menu, whether their files are there or not."""
        return [known.label for known in RESTORERS]

    @property
    def entries(self) -> list[FaceRestorerEntry]:
        """Look into the folders, and say what is there and what is missing."""
        return [FaceRestorerEntry(known.label, self._folders[known.kind][0], self._missing(known, DETECTOR),
                                  self._missing(PARSER)) for known in RESTORERS]

    def find(self, name: str) -> FaceRestorerEntry:
        """Find one that can be used. Raises: NotFoundError, naming the files to put where."""
        entry = next((entry for entry in self.entries if entry.name.lower() == name.lower()), None)
        if entry is None:
            raise NotFoundError(f"There is no face restorer named {name[:80]}.",
                                remedy=f"There are: {', '.join(self.names)}.")
        if entry.missing:
            raise NotFoundError(f"{entry.name} cannot restore faces yet: its files are missing.",
                                remedy=self._say_where(*entry.missing))
        return entry

    def restore(self, image: Image.Image, name: str, *, codeformer_weight: float = 0.5,
                cancellation: Cancellation | None = None) -> Image.Image:
        """Restore every face in a picture. ``codeformer_weight`` 0: redraw freely, 1: stay close; GFPGAN ignores it.

        Raises: NotFoundError; ModelFileError; OutOfMemoryError; InvalidPictureError.
        """
        known = next(known for known in RESTORERS if known.label == self.find(name).name)
        with self._lock, _memory_explained(f"restore faces with {known.label}"):
            return restore_faces(image, self._gather_tools(known), codeformer_weight, cancellation)

    def find_faces(self, image: Image.Image) -> list[Face]:
        """List the faces in a picture, the surest first.

        Raises: NotFoundError where the detector's file is missing; ModelFileError; OutOfMemoryError.
        """
        path = self._file(DETECTOR)
        if path is None:
            raise NotFoundError("Faces cannot be found yet: a file is missing.", remedy=self._say_where(DETECTOR))
        with self._lock, _memory_explained("look for faces"):
            return self._keep(path, self._make_finder).find(image.convert("RGB"))

    def release(self) -> None:
        """Forget the networks in memory; waits for the one at work."""
        with self._lock:
            self._loaded.clear()
        if self._device.type == "cuda":
            torch.cuda.empty_cache()

    def _gather_tools(self, known: KnownModel) -> FaceTools:
        detector, redrawer, parser = (self._file(model) for model in (DETECTOR, known, PARSER))
        assert detector and redrawer
        return FaceTools(self._keep(detector, self._make_finder), self._keep(redrawer, load_redrawer),
                         self._keep(parser, _load_parser) if parser else None)

    def _keep(self, path: Path, load: Callable[[Path, torch.device], Loaded]) -> Loaded:
        """Give a network from memory or from its file; one that cannot be loaded is tried again next time."""
        key = (path, path.stat().st_mtime_ns)
        if key not in self._loaded:
            self._loaded[key] = load(path, self._device)
            while len(self._loaded) > KEPT_NETWORKS:
                self._loaded.popitem(last=False)
        self._loaded.move_to_end(key)
        return self._loaded[key]  # type: ignore[return-value]

    def _say_where(self, *missing: KnownModel) -> str:
        places = (f"{known.files[0]} into {self._folders[known.kind][0]}" for known in missing)
        return f"Put {' and '.join(places)}."

    def _missing(self, *models: KnownModel) -> tuple[KnownModel, ...]:
        return tuple(model for model in models if self._file(model) is None)

    def _file(self, known: KnownModel) -> Path | None:
        """Find a file in any of the folders, by one of its usual names and any ending of a model file."""
        places = [*self._folders[known.kind], *(place for places in self._folders.values() for place in places)]
        return next((path for name in known.files for folder in places for suffix in SUFFIXES
                     if (path := folder / f"{Path(name).stem}{suffix}").is_file()), None)


def face_folders(models: Path, further: Callable[[str], Sequence[Path]] = lambda kind: ()
                 ) -> dict[str, Sequence[Path]]:
    """Give the folders where the files of face restoration are looked for, by kind; ``further`` names more."""
    return {kind: (models / kind, *further(kind)) for kind in FACE_FOLDERS}


@contextmanager
def _memory_explained(purpose: str) -> Iterator[None]:
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise OutOfMemoryError(f"Not enough memory to {purpose}.",
                               remedy="Free some memory, or use a smaller picture.") from error


def _load_finder(path: Path, device: torch.device) -> FaceFinder:
    return RetinaFaceFinder(load_into(RetinaFace(), path), device)


def _load_parser(path: Path, device: torch.device) -> ParseNet:
    return load_into(ParseNet(), path).to(device)
