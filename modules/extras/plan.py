"""From what was asked for to exactly what will be done: the only place of extras where settings are read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from modules.artefacts.saving import SaveOptions
from modules.extras.bench import ExtrasBench
from modules.extras.checks import check_count, check_request
from modules.extras.enlarging import NONE, Upscale
from modules.extras.face_repair import CodeFormer, Gfpgan
from modules.extras.focal_crop import FocalCrop
from modules.extras.operation import Operation
from modules.extras.operations import choose_operations
from modules.extras.request import SCALE_TO, ExtrasRequest
from modules.extras.sources import Source, folder_sources, list_pictures
from modules.extras.splitting import SplitOversized
from modules.foundation.errors import InvalidRequestError
from modules.generation.outputs import plan_outputs
from modules.generation.upscaling_plan import plan_tiling
from modules.imaging.reading import read_header
from modules.imaging.upscaling.entry import Tiling
from modules.settings.values import Settings


@dataclass(frozen=True)
class ExtrasOutputs:
    """Everything about files."""

    folder: Path
    extension: str
    options: SaveOptions
    keep: bool
    """Write results where they stay; otherwise they are only to be looked at."""
    named: bool
    """Call results like their originals."""
    replace_existing: bool
    """A result takes the place of a file of the same name that was there before."""
    shown: bool
    caption_action: str = "Ignore"
    """What to do where a caption lies beside a picture already; see ``captions.py``."""


@dataclass(frozen=True)
class ExtrasPlan:
    """Exactly what will be done. Planning ``request`` again gives the same plan."""

    request: ExtrasRequest
    sources: tuple[Source, ...]
    operations: tuple[Operation, ...]
    tiling: Tiling
    cached_pictures: int
    outputs: ExtrasOutputs
    comments: tuple[str, ...]


def plan_extras(request: ExtrasRequest, bench: ExtrasBench, settings: Settings) -> ExtrasPlan:
    """Settle everything. Raises: InvalidRequestError, NotFoundError."""
    check_request(request)
    settings = settings.with_values(request.override_settings)
    request, sources = _find_sources(request, bench)
    chosen = settings.postprocessing
    operations = choose_operations(request, bench.kinds, chosen.postprocessing_operation_order,
                                   chosen.postprocessing_disable_in_extras)
    _check_installed(operations, bench)
    if not request.input_dir:  # what lies in a folder is looked at one by one, while it is worked on
        _check_sizes(operations, sources)
    return ExtrasPlan(
        request, sources, operations, plan_tiling(settings.upscaling),
        chosen.upscaling_max_images_in_cache, _plan_outputs(request, bench, settings),
        tuple(_comments(request, operations)))


def _find_sources(request: ExtrasRequest, bench: ExtrasBench) -> tuple[ExtrasRequest, tuple[Source, ...]]:
    if request.input_dir and request.images:
        raise InvalidRequestError("input_dir", "Pictures were handed in, and a folder was named as well.",
                                  remedy="Choose one of the two.")
    if request.input_dir:
        folder = bench.folders.find(request.input_dir, field="input_dir")
        names = request.input_files or tuple(list_pictures(folder))
        check_count("input_dir", len(names))
        return replace(request, input_dir=str(folder), input_files=names), folder_sources(folder, names)
    if not request.images:
        raise InvalidRequestError("image", "There is no picture to work on.", remedy="Choose one first.")
    names = request.names or ("",) * len(request.images)
    return request, tuple(Source(bench.pictures.path(picture), name) for picture, name in zip(request.images, names))


def _check_installed(operations: tuple[Operation, ...], bench: ExtrasBench) -> None:
    for operation in operations:
        if isinstance(operation, Upscale):
            for name in (operation.upscaler, operation.second):
                bench.upscalers.find(name)
        elif isinstance(operation, (Gfpgan, CodeFormer)):
            bench.faces.find(operation.name)


def _check_sizes(operations: tuple[Operation, ...], sources: tuple[Source, ...]) -> None:
    """Refuse too large results before any work, where the enlarging comes first."""
    if operations and isinstance(operations[0], Upscale) and operations[0].works:
        for source in sources:
            operations[0].check(read_header(source.path).size)


def _plan_outputs(request: ExtrasRequest, bench: ExtrasBench, settings: Settings) -> ExtrasOutputs:
    paths, saving = settings.paths, settings.saving
    folder = bench.data_folder / (paths.outdir_samples or paths.outdir_extras_samples)
    if request.output_dir:
        folder = bench.folders.allow(request.output_dir, field="output_dir")
    return ExtrasOutputs(
        folder, saving.samples_format, plan_outputs(settings, save=True).options, keep=request.save_images,
        named=settings.postprocessing.use_original_name_batch,
        # never originals, and never what came from another picture that happened to have the same name
        replace_existing=(bool(request.input_dir and request.output_dir) and folder != Path(request.input_dir)
                          and saving.save_images_replace_action == "Replace"),
        shown=request.show_extras_results,
        caption_action=settings.postprocessing.postprocessing_existing_caption_action)


def _comments(request: ExtrasRequest, operations: tuple[Operation, ...]) -> Iterator[str]:
    works = [one for one in operations if not isinstance(one, Upscale) or one.works]
    if not works:
        yield "Nothing was chosen to be done, so the pictures stay as they are."
    cutting = " and ".join(one.name for one in works if isinstance(one, (SplitOversized, FocalCrop)))
    enlarging = any(isinstance(one, Upscale) for one in works)
    if cutting and request.resize_mode != SCALE_TO:
        yield f"{cutting}: the size to cut to is set under Scale to. With Scale by, there is little to cut."
    elif cutting and enlarging and request.upscaling_crop:
        yield f"{cutting}: Crop to fit has cut the pictures already. Switch it off to leave the cutting to this."
    if request.upscale_enabled and request.upscaler_1 == NONE != request.upscaler_2:
        yield "Upscaler 1 is None, so nothing was enlarged; Upscaler 2 is only mixed in."
