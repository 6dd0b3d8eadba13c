"""What the page needs from the rest of the program, handed over by ``application``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modules.artefacts.picture_store import PictureStore
from modules.extras.sources import FolderRules
from modules.families.description import Conditioning
from modules.foundation.errors import NotFoundError
from modules.foundation.size import Size
from modules.frontend.page_plugins import NO_PLUGINS, PagePlugins
from modules.generation.hires_plan import LATENT_MODES
from modules.generation.workbench import FALLBACK_SIZE, Workbench
from modules.jobs.extras_service import ExtrasService
from modules.jobs.generation_service import GenerationService
from modules.jobs.merge_service import MergeService
from modules.jobs.model_orders import ModelOrders
from modules.plugins.shelf import PluginShelf
from modules.settings.store import SettingsStore


@dataclass(frozen=True)
class FrontendServices:
    """The objects behind the page."""

    settings: SettingsStore
    generation: GenerationService
    bench: Workbench
    extras: ExtrasService
    merging: MergeService
    orders: ModelOrders
    plugins: PluginShelf
    page_plugins: PagePlugins = NO_PLUGINS

    def checkpoint_titles(self) -> list[str]:
        return [entry.title for entry in self.bench.catalog.checkpoints]

    def chosen_title(self) -> str | None:
        """Return the title of the checkpoint in force; None where there is none."""
        entry = self.bench.catalog.find(self.settings.current.model.sd_model_checkpoint)
        try:
            return (entry or self.bench.choose("")).title
        except NotFoundError:
            return None

    def native_size(self) -> Size:
        """Return the size the checkpoint in force was trained at."""
        try:
            return self.bench.native_size(self.bench.choose(self.chosen_title() or ""))
        except NotFoundError:
            return FALLBACK_SIZE

    def edits_pictures(self, title: str) -> bool:
        """Say whether a checkpoint is of the kind that changes pictures as it is told to."""
        entry = self.bench.catalog.find(title)
        description = self.bench.describe(entry) if entry else None
        return description is not None and description.conditioning is Conditioning.EDIT

    def hires_upscalers(self) -> list[str]:
        """Return what can enlarge a picture on its way: latent modes first, then upscalers."""
        return [*LATENT_MODES, *self.bench.upscaler_names()]

    def restores_faces(self) -> bool:
        """Say whether there is anything that restores faces."""
        return any(entry.available for entry in self.extras.bench.faces.entries)

    @property
    def pictures(self) -> PictureStore:
        return self.bench.pictures

    @property
    def folders(self) -> FolderRules:
        """Which folders of this computer the page may name."""
        return self.extras.bench.folders

    def finished_picture(self, situation: Mapping[str, Any]) -> str:
        """Hand in a picture that a job has made, named by ``job`` and ``number``; return its id.

        Raises: NotFoundError.
        """
        job = self.generation.queue.monitor.get(str(situation.get("job")))
        number = situation.get("number")
        paths = [picture.path for picture in job.pictures if picture.path is not None]
        if not isinstance(number, int) or not 0 <= number < len(paths):
            raise NotFoundError("This picture is not there any more.", remedy="Choose another one.")
        return self.pictures.keep_file(paths[number])
