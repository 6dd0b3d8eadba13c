"""What the page and the API ask for: submitting extras, and looking at what a picture was before."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from modules.extras.bench import ExtrasBench
from modules.extras.delivery import RESULTS_PER_SOURCE
from modules.extras.plan import plan_extras
from modules.extras.request import ExtrasRequest
from modules.foundation.errors import NotFoundError
from modules.jobs.executor import LocalExecutor
from modules.jobs.extras_runner import KIND, StoredExtras
from modules.jobs.job import Job
from modules.jobs.run import Listener
from modules.settings.store import SettingsStore


@dataclass(frozen=True)
class ExtrasService:
    """The front door of extras. Safe to use from any thread."""

    settings: SettingsStore
    bench: ExtrasBench
    queue: LocalExecutor

    def submit(self, request: ExtrasRequest, *, client: str, idempotency_key: str | None = None,
               listener: Listener | None = None) -> Job:
        """Check and queue a request. Raises: InvalidRequestError, NotFoundError, QueueFullError."""
        settings = self.settings.current
        made = plan_extras(request, self.bench, settings)
        return self.queue.submit(KIND, StoredExtras.of(made, settings).to_json(), client=client,
                                 title=_title(made.sources[0].name, len(made.sources)),
                                 idempotency_key=idempotency_key, listener=listener)

    def original(self, job_id: str, number: int) -> Path:
        """Return the file that result ``number`` of a job was made from, where the two can be laid side by side.

        Raises: NotFoundError.
        """
        job = self.queue.monitor.get(job_id)
        if job.kind != KIND or not 0 <= number < len(job.pictures):
            raise NotFoundError("There is no such picture.")
        source, offset = divmod(job.pictures[number].index, RESULTS_PER_SOURCE)
        if offset:
            raise NotFoundError("This picture is only a part of its original.")
        return self._file(StoredExtras.from_json(job.request).request, source)

    def _file(self, request: ExtrasRequest, source: int) -> Path:
        if request.input_dir:
            return self.bench.folders.find(request.input_dir, field="input_dir") / request.input_files[source]
        return self.bench.pictures.path(request.images[source])


def _title(name: str, count: int) -> str:
    return f"Extras: {name or 'a picture'}" if count == 1 else f"Extras: {count} pictures"
