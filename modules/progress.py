"""A1111's ``modules.progress``: tasks of the page.

Names: add_task_to_queue, create_task_id, current_task, finish_task, finished_tasks, pending_tasks, record_results,
recorded_results, start_task.
"""

import secrets

from modules.compat.lazy import lazy_names
from modules.compat.missing_parts import do_nothing as add_task_to_queue
from modules.compat.missing_parts import do_nothing as finish_task
from modules.compat.missing_parts import do_nothing as record_results
from modules.compat.missing_parts import do_nothing as start_task

__all__ = [
    "add_task_to_queue", "create_task_id", "current_task", "finish_task", "finished_tasks", "pending_tasks",
    "record_results", "recorded_results", "start_task",
]

current_task: str | None = None
pending_tasks: dict[str, float] = {}
finished_tasks: list[str] = []
recorded_results: list[object] = []


def create_task_id(task_type: str) -> str:
    """Return a name for a task that the page can ask about."""
    return f"task({task_type}-{secrets.token_hex(4)})"

__getattr__ = lazy_names(__name__)
