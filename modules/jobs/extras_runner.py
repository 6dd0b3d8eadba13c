"""Does the work of an extras job: plans it again from what was stored, and works through its pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modules.extras.bench import ExtrasBench
from modules.extras.pipeline import run_extras
from modules.extras.plan import ExtrasPlan, plan_extras
from modules.extras.request import ExtrasRequest
from modules.foundation.cancellation import Cancellation
from modules.generation.events import Emit
from modules.generation.run_context import RunContext
from modules.jobs.job import Job
from modules.settings.values import Settings

KIND = "extras"


@dataclass(frozen=True)
class StoredExtras:
    """What a job keeps: the request with its files listed, and the settings it was made under."""

    request: ExtrasRequest
    settings: Settings

    @classmethod
    def of(cls, made: ExtrasPlan, settings: Settings) -> StoredExtras:
        return cls(made.request, settings)

    def to_json(self) -> dict[str, Any]:
        return {"request": self.request.to_json(), "settings": self.settings.changed()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> StoredExtras:
        """Raises: InvalidRequestError for what another version stored and this one cannot read."""
        return cls(ExtrasRequest.from_json(data["request"]), Settings().with_values(data["settings"]))


class ExtrasRunner:
    """The queue's runner for extras."""

    def __init__(self, bench: ExtrasBench) -> None:
        self._bench = bench

    def __call__(self, job: Job, cancellation: Cancellation, emit: Emit) -> None:
        """Do the pictures that the job does not have yet. Raises: WebUIError."""
        stored = StoredExtras.from_json(job.request)
        made = plan_extras(stored.request, self._bench, stored.settings)
        try:
            run_extras(made, self._bench, RunContext(emit, cancellation, job.saved, job.id))
        finally:
            if stored.settings.faces.face_restoration_unload:
                self._bench.faces.release()
