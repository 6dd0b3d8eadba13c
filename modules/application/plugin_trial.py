"""A plugin's hooks, run once with small pictures and without a browser."""

from __future__ import annotations

import inspect
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from PIL import Image, ImageDraw

from modules.application.program import Program
from modules.generation.events import Comment, Event, ImageFinished
from modules.generation.hooks import GenerationHooks
from modules.generation.pipeline import run
from modules.generation.plan import plan
from modules.generation.request import GenerationRequest
from modules.generation.run_context import RunContext
from modules.plugins.call_log import CallLog
from modules.plugins.importing import import_plugin_file
from modules.plugins.isolation import isolate
from modules.plugins.native import Plugin
from modules.plugins.record import PluginRecord
from modules.settings.values import Settings

SIDE_PX = 64
_PROMPT = "a red house under a tree"


@dataclass(frozen=True)
class Trial:
    """What a run with a plugin came to."""

    name: str
    pictures: int
    comments: tuple[str, ...]

    @classmethod
    def of(cls, name: str, events: Sequence[Event]) -> Trial:
        comments = tuple(event.text for event in events if isinstance(event, Comment))
        return cls(name, sum(isinstance(event, ImageFinished) for event in events), comments)


def load_native(record: PluginRecord, calls: CallLog, patience_s: float) -> list[type[Plugin]]:
    """Run the scripts of a plugin and return the native plugins in them; failures are in ``calls``."""
    found: list[type[Plugin]] = []
    for path in record.scripts:
        module = calls.call(record.name, f"loading {path.name}", import_plugin_file, path, record.name, record.root,
                            patience_s)
        found += [value for value in vars(module).values() if inspect.isclass(value) and issubclass(value, Plugin)
                  and value.__module__ == path.name] if module else []
    return found


def try_plugin(kind: type[Plugin], record: PluginRecord, program: Program) -> Iterator[Trial]:
    """Make pictures from text, with a second pass, and from a picture, with a mask. Raises: WebUIError."""
    for name, request in _requests(program).items():
        plugin = kind()
        if "request" in kind.overridden():
            request = program.plugins.calls.call(record.name, "request", plugin.request, request) or request
        yield _run(name, request, program, isolate(plugin, record.name, program.plugins.calls))


def uses_scripts(record: PluginRecord) -> bool:
    """Say whether any file of a plugin is written for A1111."""
    return any("modules.plugins" not in path.read_text(encoding="utf-8", errors="replace") for path in record.scripts)


def try_scripts(record: PluginRecord, program: Program) -> Iterator[Trial]:
    """Do the same with everything in a plugin, also A1111's scripts that are always on. Raises: WebUIError."""
    from modules.compat.host import HOST, Host
    from modules.compat.native_script import NativeScript
    from modules.compat.script_host import runner_of
    from modules.compat.startup import build_controls_without_page, start_plugins

    shelf = program.plugins
    shelf.discovery = replace(shelf.discovery, plugins=(replace(record, enabled=True),), root_scripts=False)
    scripts = start_plugins(Host(program.flags, program.settings, program.styles, program.bench, program.extras, shelf))
    build_controls_without_page()
    try:
        for name, request in _requests(program).items():
            always = runner_of(img2img=request.is_img2img).alwayson_scripts
            switched = {one.title(): [True] for one in always
                        if isinstance(one, NativeScript) and not one.kind.always_on}
            events: list[Event] = []
            scripts.run(replace(request, alwayson_scripts=switched), _settings(program), RunContext(events.append))
            yield Trial.of(name, events)
    finally:
        HOST.detach()


def _settings(program: Program) -> Settings:
    return program.settings.current.with_values({"img2img_extra_noise": 0.1})


def _run(name: str, request: GenerationRequest, program: Program, hooks: GenerationHooks) -> Trial:
    made = plan(request, program.bench.surroundings(_settings(program), {}))
    events: list[Event] = []
    run(made, program.bench, replace(RunContext(events.append), hooks=hooks))
    return Trial.of(name, events)


def _requests(program: Program) -> dict[str, GenerationRequest]:
    start = GenerationRequest(prompt=_PROMPT, negative_prompt="blue", steps=2, seed=1, width=SIDE_PX, height=SIDE_PX,
                              sampler_name="Euler a", save_images=False)
    keep = program.bench.pictures.keep
    return {
        "txt2img with hires fix, two pictures": replace(
            start, batch_size=2, enable_hr=True, hr_scale=1.5, denoising_strength=0.6, hr_upscaler="Latent"),
        "img2img with a mask": replace(
            start, init_images=(keep(_picture(mask=False)),), mask=keep(_picture(mask=True)), denoising_strength=0.7),
    }


def _picture(*, mask: bool) -> bytes:
    image = Image.new("L" if mask else "RGB", (SIDE_PX, SIDE_PX), 0 if mask else (120, 160, 200))
    ImageDraw.Draw(image).ellipse((16, 16, 48, 48), fill=255 if mask else (200, 60, 40))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()
