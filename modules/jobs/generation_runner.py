"""Does the work of a generation job: plans it again from what was stored, and runs the pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modules.foundation.cancellation import Cancellation
from modules.generation.events import Comment, Emit
from modules.generation.pipeline import run
from modules.generation.plan import GenerationPlan, plan
from modules.generation.request import GenerationRequest
from modules.generation.run_context import RunContext
from modules.generation.workbench import Workbench
from modules.jobs.job import Job
from modules.jobs.scripting import NoScripts, ScriptHost
from modules.prompting.style_files import StyleBook
from modules.settings.values import Settings

KIND = "generation"


@dataclass(frozen=True)
class StoredGeneration:
    """What a job keeps: the request with every choice made, the settings it was made under, what was adjusted."""

    request: GenerationRequest
    settings: Settings
    comments: tuple[str, ...]

    @classmethod
    def of(cls, made: GenerationPlan, settings: Settings) -> StoredGeneration:
        return cls(made.request, settings, made.comments)

    def to_json(self) -> dict[str, Any]:
        return {"request": self.request.to_json(), "settings": self.settings.changed(),
                "comments": list(self.comments)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> StoredGeneration:
        """Raises: InvalidRequestError for what another version stored and this one cannot read."""
        return cls(GenerationRequest.from_json(data["request"]), Settings().with_values(data["settings"]),
                   tuple(data["comments"]))


class GenerationRunner:
    """The queue's runner for generations."""

    def __init__(self, bench: Workbench, styles: StyleBook, scripts: ScriptHost | None = None) -> None:
        self._bench = bench
        self._styles = styles
        self._scripts: ScriptHost = scripts or NoScripts()

    def __call__(self, job: Job, cancellation: Cancellation, emit: Emit) -> None:
        """Make the pictures that the job does not have yet. Raises: WebUIError."""
        stored = StoredGeneration.from_json(job.request)
        made = plan(stored.request, self._bench.surroundings(stored.settings, self._styles.styles))
        for text in stored.comments:
            if text not in (*job.comments, *made.comments):
                emit(Comment(text))
        context = RunContext(emit, cancellation, job.saved, job.id)
        if self._scripts.takes_part(stored.request):
            self._scripts.run(stored.request, stored.settings, context)
        else:
            run(made, self._bench, context)
