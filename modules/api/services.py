"""What the API needs from the rest of the program, handed over by ``application``."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import anyio

from modules.api.pictures.intake import PictureIntake
from modules.api.sdapi.scripts import ScriptCatalog, Sections
from modules.artefacts.picture_store import PictureStore
from modules.jobs.extras_service import ExtrasService
from modules.jobs.generation_service import GenerationService
from modules.plugins.shelf import PluginShelf
from modules.settings.flags import LaunchFlags

REMEMBERED_TASKS = 2000


class TaskIds:
    """Which job a program means by a task id of its own; the newest job of a name counts."""

    def __init__(self) -> None:
        self._jobs: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.Lock()

    def note(self, task_id: str, job_id: str) -> None:
        with self._lock:
            self._jobs[task_id] = job_id
            self._jobs.move_to_end(task_id)
            while len(self._jobs) > REMEMBERED_TASKS:
                self._jobs.popitem(last=False)

    def job(self, task_id: str) -> str:
        """Return the job's id; a name nobody noted may be one itself."""
        return self._jobs.get(task_id, task_id)

    def names(self) -> dict[str, str]:
        """Return task ids by the id of their job."""
        with self._lock:
            return {job_id: task_id for task_id, job_id in self._jobs.items()}


@dataclass(frozen=True)
class WorkLines:
    """How much blocking work of each kind is done at a time, apart from the threads that answer small questions."""

    submitting: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(1))
    """One by one, so that jobs stand in the queue in the order in which they came."""
    reading: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(4))
    fetching: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(8))
    """Apart from the others, because somebody else's server may be slow."""


@dataclass(frozen=True)
class ApiServices:
    """The objects behind the routes."""

    generation: GenerationService
    flags: LaunchFlags
    extras: ExtrasService
    scripts: ScriptCatalog = field(default_factory=Sections)
    plugins: PluginShelf | None = None
    stop: Callable[[], None] | None = None
    """Ends the server; None where it cannot be ended from here."""
    tasks: TaskIds = field(default_factory=TaskIds)
    lines: WorkLines = field(default_factory=WorkLines)

    @property
    def pictures(self) -> PictureStore:
        return self.generation.bench.pictures

    @cached_property
    def intake(self) -> PictureIntake:
        return PictureIntake(self.pictures, self.generation.settings)
