"""Finished pictures: described, named, written to the disk, announced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from modules.artefacts.encoding import EmbeddedText
from modules.artefacts.infotext import write_infotext
from modules.artefacts.metadata import read_picture_text
from modules.artefacts.naming import Destination
from modules.artefacts.record import GenerationRecord
from modules.artefacts.saving import SaveOptions, save_image
from modules.extras.captions import write_caption
from modules.extras.picture import Picture
from modules.extras.plan import ExtrasPlan
from modules.extras.sources import Source
from modules.foundation.size import Size
from modules.generation.events import Comment, Emit, ImageFinished
from modules.generation.run_context import UNSAVED_FOLDER
from modules.sampling.registry import REGISTRY

RESULTS_PER_SOURCE = 1000
"""Results of picture n are numbered from n times this, so that a resumed job knows which there are."""
NO_SEED = -1


@dataclass(frozen=True)
class Original:
    """What the file of a picture says, beside its pixels."""

    source: Source
    infotext: str
    others: Mapping[str, str]
    profile: bytes | None
    """Its colour profile, where that fits RGB."""

    @classmethod
    def of(cls, source: Source, image: Image.Image) -> Original:
        text = read_picture_text(image.info, Size(image.width, image.height), REGISTRY.current.alias_map().get)
        profile = image.info.get("icc_profile")
        fits = isinstance(profile, bytes) and profile[16:20] == b"RGB "
        return cls(source, text.infotext, text.items, profile if fits else None)


class Delivery:
    """Hands over the results of one run."""

    def __init__(self, plan: ExtrasPlan, data_folder: Path, job_id: str, finished: Mapping[int, Path],
                 emit: Emit) -> None:
        self._outputs = plan.outputs
        self._unsaved = data_folder / UNSAVED_FOLDER / job_id
        self._finished = finished
        self._written = set(finished.values())
        self._emit = emit

    @property
    def count(self) -> int:
        """How many results there are, those of an earlier attempt included."""
        return len(self._written)

    def deliver(self, number: int, original: Original, pictures: Sequence[Picture]) -> None:
        """Write what became of picture ``number`` and announce it, except what an earlier attempt did.

        Raises: OutputError.
        """
        endings: set[str] = set()
        for offset, picture in enumerate(pictures):
            ending = _ending(picture.tags, endings)
            index = number * RESULTS_PER_SOURCE + offset
            if index not in self._finished:
                self._deliver(index, original, picture, ending)

    def _deliver(self, index: int, original: Original, picture: Picture, ending: str) -> None:
        text = describe(original, picture)
        image = picture.image.copy()
        image.info = {"icc_profile": original.profile} if original.profile else {}
        destination, options = self._place(original.source, ending)
        saved = save_image(image, text, destination, options)
        self._written.add(saved.path)
        if picture.caption:
            write_caption(saved.path, picture.caption, self._outputs.caption_action)
        if saved.note:
            self._emit(Comment(saved.note))
        kind = "image" if self._outputs.shown else "unlisted"
        self._emit(ImageFinished(index, text.single, NO_SEED, saved.path, image, kind))

    def _place(self, source: Source, ending: str) -> tuple[Destination, SaveOptions]:
        """Decide between a name and a number; a name that is taken gets a number behind it."""
        outputs = self._outputs
        folder = outputs.folder if outputs.keep else self._unsaved
        name = source.stem + ending if outputs.named and source.stem else ""
        destination = Destination(folder, outputs.extension, suffix=name or ending, use_subfolder=False,
                                  short_name=True)
        replacing = outputs.replace_existing and folder / f"{name}.{outputs.extension}" not in self._written
        naming = replace(outputs.options.naming, add_number=not name, replace_existing=replacing)
        return destination, replace(outputs.options, naming=naming)


def describe(original: Original, picture: Picture) -> EmbeddedText:
    """Return what a result carries: what its original said, and beside it what was done."""
    done = write_infotext(GenerationRecord(fields=picture.facts))
    kept = dict(original.others)
    if original.infotext:
        kept["parameters"] = original.infotext
    if done:
        kept["postprocessing"] = done
    return EmbeddedText(done, "extras", kept, whole=", ".join(filter(None, (original.infotext, done))))


def _ending(tags: tuple[str, ...], taken: set[str]) -> str:
    """Return what goes behind a name, so that the results of one picture differ."""
    plain = "".join(f"-{tag}" for tag in tags)
    ending, count = plain, 0
    while ending in taken:
        count += 1
        ending = f"{plain}-{count}"
    taken.add(ending)
    return ending
