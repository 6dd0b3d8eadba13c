"""What the page asks of the checkpoint merger: merging, and what the models say of themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from modules.catalog.catalog import Catalog
from modules.jobs.executor import LocalExecutor
from modules.jobs.job import Job
from modules.jobs.merge_runner import KIND
from modules.training.merging.lineage import merge_metadata
from modules.training.merging.plan import plan_merge
from modules.training.merging.request import MergeRequest
from modules.weights.reading import read_metadata


@dataclass(frozen=True)
class MergeService:
    """The front door of merging. Safe to use from any thread."""

    catalog: Catalog
    queue: LocalExecutor

    def submit(self, request: MergeRequest, *, client: str) -> Job:
        """Check and queue a request. Raises: InvalidRequestError, NotFoundError, QueueFullError."""
        made = plan_merge(request, self.catalog)
        return self.queue.submit(KIND, request.to_json(), client=client, title=f"Merge: {made.file_name('')}")

    def metadata(self, names: Sequence[str]) -> dict[str, str]:
        """Read what the headers of checkpoints say, later ones over earlier ones.

        Raises: NotFoundError, ModelFileError.
        """
        paths = (self.catalog.require(name).path for name in names if name)
        return merge_metadata(read_metadata(path) for path in paths if path.is_file())
