"""The model a run works with at the moment."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from torch import Tensor

from modules.catalog.entry import CheckpointEntry
from modules.engine.tiling import set_tiling
from modules.families.description import Conditioning
from modules.generation.record import ModelFacts
from modules.generation.workbench import Workbench
from modules.prompting.towers import Tower
from modules.sampling.denoiser import DiffusionModel

if TYPE_CHECKING:
    from modules.engine.loaded_model import LoadedModel


class ModelInUse:
    """A place for one model at a time: a refiner or the checkpoint of the second pass takes over on the way.

    Samplers reach the model through this place, so that the one before can leave memory.
    """

    def __init__(self, bench: Workbench, *, tiling: bool, whole_up_to_px: float,
                 on_change: Callable[[LoadedModel], None]) -> None:
        self._bench = bench
        self._on_change = on_change
        self._tiling = tiling
        self._whole_up_to_px = whole_up_to_px
        self._model: LoadedModel | None = None
        self.loads = 0
        """How often another model came in; says whether it is still the one of a while ago."""

    @property
    def model(self) -> LoadedModel:
        assert self._model is not None, "use() comes first"
        return self._model

    def use(self, entry: CheckpointEntry, vae: Path | None) -> None:
        """Bring a checkpoint in, unless it is there already. Raises: ModelFileError."""
        before = None if self._model is None else weakref.ref(self._model)
        self._model = None
        self._model = self._bench.load(entry, vae)
        self._model.whole_up_to_px = self._whole_up_to_px
        set_tiling(self._model, self._tiling)
        if before is None or before() is not self._model:
            self.loads += 1
            self._on_change(self._model)

    def facts(self, entry: CheckpointEntry, vae: Path | None) -> ModelFacts:
        """Return how pictures name a checkpoint and its VAE."""
        entry = self._bench.catalog.with_hash(entry)
        return ModelFacts(entry.stem, entry.short_hash, vae.name if vae else None,
                          self._bench.catalog.short_hash(vae) if vae else None)

    def towers(self) -> Sequence[Tower]:
        return self._bench.towers(self.model)

    def diffusion_model(self) -> DiffusionModel:
        """Return the model as samplers see it."""
        description = self.model.description
        return DiffusionModel(self._predict, self.model.alphas_cumprod,
                              "v" if description.prediction.value == "v" else "epsilon",
                              is_sdxl=description.is_sdxl, zero_terminal_snr=description.schedule.zero_terminal_snr)

    @property
    def sees_mask(self) -> bool:
        """Whether the model is conditioned on a mask and the picture around it."""
        return self.model.description.conditioning is Conditioning.INPAINTING

    @property
    def sees_picture(self) -> bool:
        """Whether the model is conditioned on anything besides text and noisy latents."""
        return self.model.description.conditioning is not Conditioning.NONE

    def _predict(self, x: Tensor, timestep: Tensor, cross: Tensor, vector: Tensor | None, concat: Tensor | None,
                 owners: Sequence[int]) -> Tensor:
        return self.model.predict(x, timestep, cross, vector, concat, owners)
