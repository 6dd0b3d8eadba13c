"""From the values of the Extras tab to a request."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from modules.artefacts.picture_store import PictureStore
from modules.extras.request import SCALE_BY, SCALE_TO, ExtrasRequest
from modules.foundation.errors import InvalidRequestError, WebUIError
from modules.frontend.submission import Wanted

_PLAIN = ("upscaling_resize", "max_side_length", "upscaling_resize_w", "upscaling_resize_h", "upscaling_crop",
          "upscale_enabled", "upscaler_1", "upscaler_2", "extras_upscaler_2_visibility")
_PARTS = {
    "split_oversized": ("split_enabled", ("split_threshold", "overlap_ratio")),
    "focal_crop": ("focal_enabled", ("face_weight", "entropy_weight", "edges_weight", "debug")),
    "autosized_crop": ("autosized_enabled", ("mindim", "maxdim", "minarea", "maxarea", "objective", "threshold")),
}
"""Field of the request: the switch of its section, and the controls in it."""
PLUGIN = "plugin:"
"""Begins the names of plugins' controls; operation and control follow as JSON."""


def read_requests(values: Mapping[str, Any], situation: Mapping[str, Any], store: PictureStore) -> Iterator[Wanted]:
    """Return the request, and what is wrong with pictures that cannot be part of it.

    Raises: InvalidRequestError.
    """
    fields = operation_fields(values) | {"resize_mode": SCALE_TO if situation.get("scale_to") else SCALE_BY}
    mode = situation.get("mode")
    if mode == "directory":
        if not str(values.get("input_dir") or "").strip():
            raise InvalidRequestError("input_dir", "No input folder is named.", remedy="Type the path of one.")
        names = ("input_dir", "output_dir", "show_extras_results")
        fields |= {name: values[name] for name in names if values[name] is not None}
    elif mode == "batch":
        kept: list[tuple[str, str]] = []
        for path in map(Path, values.get("batch_files") or ()):
            try:
                kept.append((store.keep_file(path), path.name))
            except WebUIError as error:
                yield Wanted(error, path.name)
        if not kept:
            raise InvalidRequestError("images", "There are no pictures to work on.", remedy="Choose some first.")
        fields |= {"images": [picture for picture, _ in kept], "names": [name for _, name in kept]}
    else:
        fields["images"] = [situation["image"]] if situation.get("image") else []
    yield Wanted(ExtrasRequest.from_json(fields))


def operation_fields(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is to be done. What a closed section holds is left out, as is one that the settings leave out."""
    fields = {name: values[name] for name in _PLAIN if values.get(name) is not None}
    if values.get("gfpgan_enabled"):
        fields["gfpgan_visibility"] = values["gfpgan_visibility"]
    if values.get("codeformer_enabled"):
        fields |= {name: values[name] for name in ("codeformer_visibility", "codeformer_weight")}
    for part, (switch, names) in _PARTS.items():
        if values.get(switch):
            fields[part] = {name: values[name] for name in names}
    if values.get("flipped_enabled"):
        fields["flipped_copies"] = {"option": list(values["flipped_option"])}
    if scripts := _plugin_values(values):
        fields["scripts"] = scripts
    return fields


def _plugin_values(values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what the controls of plugins hold; what a stored job cannot hold is left out, and its default counts."""
    found: dict[str, dict[str, Any]] = {}
    for name, value in values.items():
        if name.startswith(PLUGIN):
            operation, control = json.loads(name.removeprefix(PLUGIN))
            chosen = found.setdefault(operation, {})
            if _is_plain(value):
                chosen[control] = value
    return found


def _is_plain(value: Any) -> bool:
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return False
    return True
