from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from modules.foundation.cancellation import Cancellation
from modules.generation.events import Comment, Event, ImageFinished


def png(size: tuple[int, int] = (64, 48), color: object = "red", mode: str = "RGB", **texts: str) -> bytes:
    """A PNG file with text chunks."""
    info = PngImagePlugin.PngInfo()
    for key, text in texts.items():
        info.add_text(key, text)
    buffer = io.BytesIO()
    Image.new(mode, size, color).save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()


@dataclass
class Ear:
    """Listens to a run."""

    events: list[Event] = field(default_factory=list)
    on_event: Callable[[Event], None] = lambda event: None

    def __call__(self, event: Event) -> None:
        self.events.append(event)
        self.on_event(event)

    @property
    def finished(self) -> list[ImageFinished]:
        return [event for event in self.events if isinstance(event, ImageFinished)]

    @property
    def comments(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, Comment)]


@pytest.fixture
def bench(tiny_models: Path, tmp_path: Path):
    """The tools of extras over the tiny upscalers and an empty data folder; no face restorer is installed."""
    import torch

    from modules.engine.residency import prepare_model_libraries

    prepare_model_libraries()
    from modules.artefacts.picture_store import PictureStore
    from modules.extras.bench import ExtrasBench
    from modules.extras.sources import FolderRules
    from modules.imaging.faces.restorers import FaceRestorers, face_folders
    from modules.imaging.upscaling.shelf import UpscalerShelf, upscaler_folders

    device = torch.device("cpu")
    return ExtrasBench(
        UpscalerShelf(upscaler_folders(tiny_models), device), FaceRestorers(face_folders(tmp_path / "models"), device),
        PictureStore(tmp_path / "pictures"), FolderRules(tmp_path, anywhere=True), tmp_path)


@pytest.fixture
def do(bench):
    """Plan and run a request given as JSON; return what was heard."""
    from modules.extras.pipeline import run_extras
    from modules.extras.plan import plan_extras
    from modules.extras.request import ExtrasRequest
    from modules.generation.run_context import RunContext
    from modules.settings.values import Settings

    def do(finished: dict[int, Path] | None = None, ear: Ear | None = None,
           cancellation: Cancellation | None = None, settings: dict | None = None, **values: object) -> Ear:
        ear = ear or Ear()
        plan = plan_extras(ExtrasRequest.from_json(values), bench, Settings().with_values(settings or {}))
        run_extras(plan, bench, RunContext(ear, cancellation or Cancellation(), finished or {}, "job"))
        return ear

    return do
