"""Merging, from hashing the models to the finished file."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch

from modules.catalog.catalog import Catalog
from modules.foundation.cancellation import Cancellation
from modules.foundation.errors import ModelFileError, OutputError, WebUIError
from modules.foundation.files import atomic_write, require_space, sweep_temporaries
from modules.training.merging.lineage import Parent, compose_metadata
from modules.training.merging.mixture import Mixture, Recipe
from modules.training.merging.plan import MergePlan
from modules.weights.streaming import TensorFacts, open_weights, write_pickle, write_safetensors

HASHING, MERGING, SAVING = "hashing", "merging", "saving"


class MergeInterruptedError(WebUIError):
    """Somebody stopped a merge; no file was left."""


@dataclass(frozen=True)
class MergeStep:
    """How far a merge is. Tensors are counted, and bytes because tensors differ in size."""

    stage: str
    tensor: int = 0
    tensors: int = 0
    done_bytes: int = 0
    total_bytes: int = 0


@dataclass(frozen=True)
class MergeWatch:
    """Whoever waits for a merge, and may stop it."""

    on_step: Callable[[MergeStep], None] = lambda step: None
    cancellation: Cancellation = field(default_factory=Cancellation)

    def tell(self, step: MergeStep) -> None:
        """Raises: MergeInterruptedError."""
        if self.cancellation.interrupted:
            raise MergeInterruptedError("The merge was interrupted. No file was left.")
        self.on_step(step)


def run_merge(plan: MergePlan, catalog: Catalog, folder: Path, watch: MergeWatch) -> Path:
    """Make the checkpoint and return its path; what is there under its name is never replaced.

    Raises: ModelFileError, InvalidRequestError, OutputError, MergeInterruptedError.
    """
    entries = []
    for entry in plan.models:
        watch.tell(MergeStep(HASHING))
        entries.append(catalog.with_hash(entry) if plan.request.save_metadata and plan.request.add_recipe else entry)
    with contextlib.ExitStack() as stack:
        watch.tell(MergeStep(MERGING))
        models = [stack.enter_context(open_weights(entry.path)) for entry in entries]
        vae = stack.enter_context(open_weights(plan.vae)) if plan.vae else None
        try:
            mixture = Mixture(_recipe(plan), models, vae)
            tensors = mixture.describe()
            suffix = mixture.suffix()
        except ModelFileError as error:
            raise ModelFileError(f"Error merging checkpoints: {error.message}", remedy=error.remedy) from error
        parents = [Parent(entry, model.metadata) for entry, model in zip(entries, models)]
        path = _free_path(folder, plan.file_name(f"{suffix}.{plan.request.checkpoint_format}"))
        require_space(folder, sum(facts.size_bytes for facts in tensors.values()), path.name)
        sweep_temporaries(folder)
        _write(path, tensors, _counting(mixture, tensors, watch), compose_metadata(plan, parents, suffix))
    _copy_settings(plan.settings_file, path)
    return path


def _recipe(plan: MergePlan) -> Recipe:
    request = plan.request
    return Recipe(request.method, request.multiplier, request.save_as_half, plan.discard)


def _free_path(folder: Path, name: str) -> Path:
    """Raises: OutputError where something of that name is there."""
    path = folder / name
    if path.exists():
        raise OutputError(f"There is a file {name} in {folder} already, and it is not replaced.",
                          remedy="Write another custom name, or move that file away.")
    return path


def _counting(mixture: Mixture, tensors: Mapping[str, TensorFacts], watch: MergeWatch) -> Callable[[str], torch.Tensor]:
    """Return what makes a tensor and tells how many have been made."""
    total_bytes = sum(facts.size_bytes for facts in tensors.values())
    made: list[int] = []

    def make(name: str) -> torch.Tensor:
        watch.tell(MergeStep(MERGING, len(made), len(tensors), sum(made), total_bytes))
        tensor = mixture.make(name)
        made.append(tensors[name].size_bytes)
        if len(made) == len(tensors):
            watch.tell(MergeStep(SAVING, len(made), len(tensors), total_bytes, total_bytes))
        return tensor

    return make


def _write(path: Path, tensors: Mapping[str, TensorFacts], make: Callable[[str], torch.Tensor],
           metadata: Mapping[str, str]) -> None:
    if path.suffix == ".safetensors":
        write_safetensors(path, tensors, make, metadata)
    else:  # the old format has no place for metadata, and is written in one piece
        write_pickle(path, {name: make(name) for name in tensors})


def _copy_settings(source: Path | None, checkpoint: Path) -> None:
    if source is None:
        return
    with open(source, "rb") as settings:
        atomic_write(checkpoint.with_suffix(".yaml"), lambda file: shutil.copyfileobj(settings, file))
