"""An img2img batch: a request for each picture that was uploaded or lies in a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from modules.artefacts.metadata import read_picture_text
from modules.extras.sources import list_pictures
from modules.foundation.errors import InvalidRequestError, WebUIError
from modules.frontend.img2img_request import Picked, img2img_request
from modules.frontend.services import FrontendServices
from modules.frontend.submission import Wanted
from modules.generation.request import GenerationRequest
from modules.imaging.reading import read_header
from modules.sampling.registry import REGISTRY

PROPERTIES = ("Prompt", "Negative prompt", "Seed", "CFG scale", "Sampler", "Steps", "Model hash")
"""What a picture's own parameters can take over."""

_NOT_A_PATTERN = str.maketrans("[]", "()")
"""Square brackets in a file's name would be read as patterns."""


@dataclass(frozen=True)
class Source:
    """A picture of the batch, and the mask that belongs to it."""

    path: Path
    mask: Path | None = None


def batch_requests(values: Mapping[str, Any], situation: Mapping[str, Any],
                   services: FrontendServices) -> Iterator[Wanted]:
    """Yield a request for each picture, in the order of their names.

    Raises: InvalidRequestError where there are no pictures.
    """
    for source in _sources(values, situation, services):
        try:
            yield Wanted(_request_for(source, values, situation, services), source.path.name)
        except WebUIError as error:
            yield Wanted(error, source.path.name)


def _request_for(source: Source, values: Mapping[str, Any], situation: Mapping[str, Any],
                 services: FrontendServices) -> GenerationRequest:
    picked = Picked(services.pictures.keep_file(source.path),
                    None if source.mask is None else services.pictures.keep_file(source.mask, field="mask"))
    request = img2img_request(values, picked, resize_by=bool(situation.get("resize_by")))
    if values["use_png_info"]:
        request = _with_own_parameters(request, source.path, values, services)
    if situation.get("batch") == "directory" and values["output_dir"].strip():
        folder = services.folders.allow(values["output_dir"], field="output_dir")
        request = _into_folder(request, folder, source.path.stem)
    return request


def _sources(values: Mapping[str, Any], situation: Mapping[str, Any], services: FrontendServices) -> list[Source]:
    if situation.get("batch") != "directory":
        files = [Path(path) for path in values["batch_files"] or ()]
        if not files:
            raise InvalidRequestError("batch", "There are no pictures.", remedy="Choose pictures first.")
        return [Source(path) for path in files]
    if not values["input_dir"].strip():
        raise InvalidRequestError("input_dir", "There is no input folder.", remedy="Write its path first.")
    pictures = _pictures_in(services.folders.find(values["input_dir"], field="input_dir"))
    if not values["mask_dir"].strip():
        return [Source(path) for path in pictures]
    masks = _pictures_in(services.folders.find(values["mask_dir"], field="mask_dir"))
    return list(_with_masks(pictures, masks))


def _pictures_in(folder: Path) -> list[Path]:
    return [folder / name for name in list_pictures(folder)]


def _with_masks(pictures: Iterable[Path], masks: list[Path]) -> Iterator[Source]:
    """Give each picture its mask; with several masks, a picture without one of its name is left out."""
    by_stem = {mask.stem: mask for mask in masks}
    for picture in pictures:
        mask = masks[0] if len(masks) == 1 else by_stem.get(picture.stem)
        if mask is not None:
            yield Source(picture, mask)


def _into_folder(request: GenerationRequest, folder: Path, stem: str) -> GenerationRequest:
    """Save results under the name of the picture they were made from."""
    several = request.batch_size * request.batch_count > 1
    name = stem.translate(_NOT_A_PATTERN)
    settings = {
        "outdir_samples": str(folder), "save_to_dirs": False,
        "samples_filename_pattern": f"{name}-[generation_number]" if several else name,
        "save_images_add_number": False, "save_images_replace_action": "Add number suffix"}
    return replace(request, override_settings={**request.override_settings, **settings})


def _with_own_parameters(request: GenerationRequest, path: Path, values: Mapping[str, Any],
                         services: FrontendServices) -> GenerationRequest:
    """Take over the chosen parameters that the picture, or its namesake in a folder, carries."""
    folder = values["png_info_dir"].strip()
    carrier = services.folders.find(folder, field="png_info_dir") / path.name if folder else path
    if not carrier.is_file():
        return request
    header = read_header(carrier)
    text = read_picture_text(header.info, header.size, REGISTRY.current.alias_map().get).infotext
    reading = services.generation.read_infotext(text)
    return replace(request, **_chosen(request, reading.fields, set(values["png_info_props"] or ())))


def _chosen(request: GenerationRequest, fields: Mapping[str, Any], wanted: set[str]) -> dict[str, Any]:
    readers: dict[str, tuple[str, Callable[[Any], Any]]] = {
        "Prompt": ("prompt", lambda text: f"{request.prompt} {text}".strip()),
        "Negative prompt": ("negative_prompt", lambda text: f"{request.negative_prompt} {text}".strip()),
        "Seed": ("seed", int), "CFG scale": ("cfg_scale", float), "Steps": ("steps", lambda text: int(float(text))),
        "Sampler": ("sampler_name", str), "Model hash": ("checkpoint", str),
    }
    chosen = {}
    for key in wanted & fields.keys():
        name, read = readers[key]
        try:
            chosen[name] = read(fields[key])
        except (TypeError, ValueError, OverflowError):
            continue
    return chosen
