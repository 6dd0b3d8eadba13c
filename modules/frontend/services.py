"""What the page needs from the rest of the program, handed over by ``application``."""

from __future__ import annotations

from dataclasses import dataclass

from modules.foundation.errors import NotFoundError
from modules.foundation.size import Size
from modules.generation.workbench import FALLBACK_SIZE, Workbench
from modules.jobs.generation_service import GenerationService
from modules.settings.store import SettingsStore


@dataclass(frozen=True)
class FrontendServices:
    """The objects behind the page."""

    settings: SettingsStore
    generation: GenerationService
    bench: Workbench

    def checkpoint_titles(self) -> list[str]:
        return [entry.title for entry in self.bench.catalog.checkpoints]

    def chosen_title(self) -> str | None:
        """Return the title of the checkpoint in force; None where there is none."""
        entry = self.bench.catalog.find(self.settings.current.model.sd_model_checkpoint)
        return entry.title if entry else next(iter(self.checkpoint_titles()), None)

    def native_size(self) -> Size:
        """Return the size the checkpoint in force was trained at."""
        try:
            return self.bench.native_size(self.bench.choose(self.chosen_title() or ""))
        except NotFoundError:
            return FALLBACK_SIZE
