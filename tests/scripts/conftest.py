from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from modules.foundation.cancellation import Cancellation
from modules.generation.events import Comment, Event, ImageFinished

SETTINGS = {"randn_source": "CPU", "sd_model_checkpoint": "tiny-sd1.safetensors", "samples_save": False,
            "grid_save": False}


@dataclass
class ScriptBench:
    """Runs jobs in which the scripts of the program take part, over the tiny models."""

    bench: Any
    styles: dict[str, Any] = field(default_factory=dict)

    def run(self, request: Any, *, settings: dict[str, Any] | None = None, cancellation: Cancellation | None = None,
            listen: Callable[[Event], None] = lambda event: None) -> list[ImageFinished]:
        """Return the pictures in the order in which they were shown."""
        from modules.compat.script_host import CompatScriptHost
        from modules.generation.plan import plan
        from modules.generation.run_context import RunContext
        from modules.settings.values import Settings

        chosen = Settings().with_values({**SETTINGS, **(settings or {})})
        made = plan(request, self.bench.surroundings(chosen, self.styles))
        if request.seed == -1:  # as the service leaves it
            made = replace(made, request=replace(made.request, seed=-1))
        events: list[Event] = []

        def emit(event: Event) -> None:
            events.append(event)
            listen(event)

        CompatScriptHost().run(made.request, chosen, RunContext(emit, cancellation or Cancellation(), job_id="job"))
        self.comments = [event.text for event in events if isinstance(event, Comment)]
        return [event for event in events if isinstance(event, ImageFinished)]

    def request(self, script: str, *args: Any, init: Path | None = None, **values: Any) -> Any:
        """Return a small request for a script."""
        from modules.generation.request import GenerationRequest

        small = {"prompt": "a castle", "seed": 1000, "steps": 2, "width": 64, "height": 64, "sampler_name": "Euler",
                 "cfg_scale": 7.0}
        pictures = {"init_images": [self.bench.pictures.keep(init.read_bytes())]} if init else {}
        return replace(GenerationRequest.from_json({**small, **pictures, **values}), script_name=script,
                       script_args=args)


@pytest.fixture(scope="session")
def script_host(tiny_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A program over the tiny models; it calls itself A1111's version."""
    from modules.artefacts.picture_store import PictureStore
    from modules.compat.host import Host
    from modules.extras.bench import ExtrasBench
    from modules.extras.sources import FolderRules
    from modules.generation.bench_builder import ModelPlaces, build_bench
    from modules.hardware.placement import CPU_PLACEMENT
    from modules.plugins.call_log import CallLog
    from modules.plugins.shelf import PluginShelf
    from modules.prompting.style_files import StyleBook
    from modules.settings.flags import LaunchFlags
    from modules.settings.store import SettingsStore

    folder = tmp_path_factory.mktemp("data")
    flags = LaunchFlags(data_dir=folder, models_dir=tiny_models, ui_settings_file=folder / "config.json")
    settings = SettingsStore(flags.ui_settings_file)
    settings.update(SETTINGS)
    bench = build_bench(ModelPlaces.under(tiny_models), folder, CPU_PLACEMENT, "v1.10.1")
    extras = ExtrasBench(bench.upscalers, bench.faces, PictureStore(folder / "extras"),
                         FolderRules(folder, anywhere=True), folder)
    return Host(flags, settings, StyleBook([folder / "styles.csv"]), bench, extras,
                PluginShelf(flags, settings, CallLog()))


@pytest.fixture(scope="session")
def loaded() -> list[Any]:
    """The scripts as they were last loaded here; other tests may have loaded them since."""
    return []


@pytest.fixture(scope="module")
def scripted(script_host: Any, loaded: list[Any]) -> Iterator[ScriptBench]:
    """The program's scripts, with their controls built."""
    from modules import scripts
    from modules.compat.host import HOST
    from modules.compat.startup import build_controls_without_page, start_plugins

    HOST.attach(script_host)
    if not loaded or loaded != scripts.scripts_img2img.scripts:
        start_plugins(script_host)
        build_controls_without_page()
        loaded[:] = scripts.scripts_img2img.scripts
    yield ScriptBench(script_host.bench)
    HOST.detach()
