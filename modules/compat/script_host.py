"""Jobs in which scripts take part, from the stored request to emitted pictures."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from modules.artefacts.encoding import EmbeddedText
from modules.artefacts.naming import Destination
from modules.artefacts.saving import save_image
from modules.compat.callbacks import KINDS, listening
from modules.compat.conversion import draft_of, pick, read_picture
from modules.compat.current import CURRENT, RunningJob
from modules.compat.draft import StableDiffusionProcessing
from modules.compat.facade import facade
from modules.compat.host import HOST
from modules.compat.processed import Processed
from modules.compat.scripts.runner import ScriptRunner, defaults_of, title_of
from modules.compat.scripts.script import Script
from modules.foundation.errors import InvalidRequestError, PluginError, WebUIError
from modules.generation.events import Comment, ImageFinished
from modules.generation.outputs import plan_outputs
from modules.generation.request import GenerationRequest
from modules.generation.run_context import UNSAVED_FOLDER, RunContext
from modules.generation.seeds import RANDOM_SEEDS
from modules.settings.values import Settings

QUIET_KINDS = ("app_started", "before_reload", "ui_tabs", "ui_train_tabs", "ui_settings", "before_component",
               "after_component", "infotext_pasted", "script_unloaded", "before_ui", "list_optimizers", "list_unets",
               "before_token_counter")
"""Kinds of callbacks that have nothing to do with how pictures are made."""
ADDED = 2_000_000
"""Pictures that scripts add to a finished run are numbered from here on."""


RANDOM = -1
LONGEST_BUILDING_S = 60.0
"""So long a job waits for the controls of scripts to be built."""


def runner_of(*, img2img: bool) -> ScriptRunner:
    """Return the scripts of a tab."""
    scripts = facade("scripts")
    return scripts.scripts_img2img if img2img else scripts.scripts_txt2img


def require_script(runner: ScriptRunner, title: str, field: str) -> Script:
    """Find a script. Raises: InvalidRequestError saying which there are."""
    script = runner.script(title)
    if script is None:
        known = ", ".join(title_of(one) for one in runner.scripts) or "none"
        raise InvalidRequestError(field, f"There is no script {title[:60]!r} on this tab; there are: {known}.")
    return script


def all_values(script: Script, given: Any, field: str) -> list[Any]:
    """Return a value for every control; what is not given has its default. Raises: InvalidRequestError."""
    if not isinstance(given, (list, tuple)):
        raise InvalidRequestError(field, f"{field} must be a list of values.")
    defaults = defaults_of(script)
    if len(given) > len(defaults):
        raise InvalidRequestError(field, f"{title_of(script)} takes {len(defaults)} values, not {len(given)}.")
    return [*given, *defaults[len(given):]]


class CompatScriptHost:
    """Runs A1111's scripts and native plugins."""

    def check(self, request: GenerationRequest) -> None:
        """Check the scripts that a request names. Raises: InvalidRequestError."""
        runner = runner_of(img2img=request.is_img2img)
        if request.script_name:
            script = require_script(runner, request.script_name, "script_name")
            if script.alwayson:
                raise InvalidRequestError("script_name", f"{title_of(script)} is always on; it cannot be chosen.")
            all_values(script, request.script_args, "script_args")
        for title, values in request.alwayson_scripts.items():
            script = require_script(runner, title, "alwayson_scripts")
            if not script.alwayson:
                raise InvalidRequestError("alwayson_scripts", f"{title_of(script)} is not always on; name it as "
                                                              "script_name.")
            all_values(script, values, f"alwayson_scripts.{title}")

    def takes_part(self, request: GenerationRequest) -> bool:
        """Say whether anything of a plugin listens."""
        if request.script_name or runner_of(img2img=request.is_img2img).alwayson_scripts:
            return True
        return any(listening(kind) for kind in KINDS if kind not in QUIET_KINDS) or bool(
            facade("extra_networks").extra_network_registry)

    def run(self, request: GenerationRequest, settings: Settings, context: RunContext) -> None:
        """Run the chosen script, or the usual way with the scripts that always take part. Raises: WebUIError."""
        host = HOST.require()
        job = RunningJob(context, settings, scripted=bool(request.script_name))
        with _telling(context), CURRENT.running(job):
            runner = runner_of(img2img=request.is_img2img)
            p = draft_of(request, host.bench.pictures, settings, host.bench.data_folder)
            if request.seed == RANDOM:
                p.seed, p.seed_was_random = _seed_of(context.job_id), True  # type: ignore[attr-defined]
            _await_controls(runner, request, context)
            p.scripts, p.script_args = runner, tuple(_script_args(runner, request, self._read))
            runner.setup_scrips(p)
            job.main = None if job.scripted else p
            try:
                processed = _run_script(runner, request, p) or facade("processing").process_images(p)
                _Delivery(job, settings).deliver(processed)
            finally:
                p.close()

    def _read(self, value: Any) -> Any:
        """Turn a stored value into what the control gave."""
        if isinstance(value, Mapping) and "picture" in value and set(value) <= {"picture", "array"}:
            picture = HOST.require().bench.pictures.open(str(value["picture"]), field="script_args")
            return np.asarray(picture) if value.get("array") else picture
        if isinstance(value, Mapping):
            return {key: self._read(one) for key, one in value.items()}
        return [self._read(one) for one in value] if isinstance(value, (list, tuple)) else value


def _seed_of(job_id: str) -> int:
    """Choose a seed for a job, the same after a restart."""
    return random.Random(job_id).randrange(RANDOM_SEEDS)


@contextlib.contextmanager
def _telling(context: RunContext) -> Iterator[None]:
    """Say on the result which plugins failed."""
    stop = HOST.require().calls.listen(lambda failure: context.emit(Comment(failure.told())))
    try:
        yield
    finally:
        stop()


def _await_controls(runner: ScriptRunner, request: GenerationRequest, context: RunContext) -> None:
    """Wait until the scripts that take part have controls: what a crash cut short begins before there is a page."""
    chosen = [require_script(runner, request.script_name, "script_name")] if request.script_name else []
    deadline_s = time.monotonic() + LONGEST_BUILDING_S
    while any(script.controls is None for script in (*runner.alwayson_scripts, *chosen)):
        if context.cancellation.no_more_batches or time.monotonic() > deadline_s:
            break
        time.sleep(0.05)


def _script_args(runner: ScriptRunner, request: GenerationRequest, read: Any) -> list[Any]:
    """Return the values of all controls of the tab, those of the request in their places."""
    values = runner.defaults()
    given = dict(request.alwayson_scripts)
    if request.script_name:
        chosen = require_script(runner, request.script_name, "script_name")
        values[0] = runner.selectable_scripts.index(chosen) + 1
        given[request.script_name] = request.script_args
    for title, own in given.items():
        script = require_script(runner, title, "alwayson_scripts")
        values[script.args_from or 0:script.args_to or 0] = read(all_values(script, own, title))
    return values


def _run_script(runner: ScriptRunner, request: GenerationRequest, p: StableDiffusionProcessing) -> Processed | None:
    if not request.script_name:
        return None
    try:
        return runner.run(p, *p.script_args)
    except WebUIError:
        raise
    except (Exception, SystemExit) as error:
        script = require_script(runner, request.script_name, "script_name")
        failure = HOST.require().calls.note_failure(script.plugin, "run", error)
        raise PluginError(f"The script {title_of(script)} failed: {failure.error.rstrip('.')}.",
                          remedy="Its values may not suit it; the log has the whole trace.") from error


class _Delivery:
    """Emits what a script returned, as far as people have not seen it yet."""

    def __init__(self, job: RunningJob, settings: Settings) -> None:
        self._job = job
        self._outputs = plan_outputs(settings, None)
        folder = HOST.require().bench.data_folder / UNSAVED_FOLDER / job.context.job_id
        self._unsaved = Destination(folder, self._outputs.pictures.extension, use_subfolder=False)

    def deliver(self, processed: Processed) -> None:
        """Emit comments and pictures; those without a file get one that is not kept for long. Raises: OutputError."""
        for text in filter(None, (processed.comments or "").split("\n")):
            self._job.context.emit(Comment(text))
        for index, image in enumerate(processed.images):
            if id(image) not in self._job.emitted:
                self._emit(processed, index, read_picture(image) if not isinstance(image, Image.Image) else image)

    def _emit(self, processed: Processed, index: int, image: Image.Image) -> None:
        first = processed.index_of_first_image
        infotext = str(pick(processed.infotexts, index, processed.info) or "")
        seed = pick(processed.all_seeds, max(index - first, 0), processed.seed)
        kind = "grid" if index < first else "image"
        number = index if self._job.scripted else ADDED + index
        self._job.context.emit(ImageFinished(number, infotext, int(seed), self._file(image, infotext), image, kind))

    def _file(self, image: Image.Image, infotext: str) -> Path:
        known = getattr(image, "already_saved_as", None)
        if known and Path(known).is_file():
            return Path(known)
        options = replace(self._outputs.options, save_txt=False, small_copy=False)
        return save_image(image, EmbeddedText(infotext), self._unsaved, options).path
