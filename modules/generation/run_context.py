"""Who takes part in a run besides its plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from modules.foundation.cancellation import Cancellation
from modules.generation.events import Emit
from modules.generation.hooks import GenerationHooks

UNSAVED_FOLDER = Path("cache", "unsaved")
"""Pictures that are only to be looked at lie here until a later start sweeps them away."""


@dataclass(frozen=True)
class RunContext:
    """Who listens, who may stop the run, and what an earlier attempt has finished already."""

    emit: Emit
    cancellation: Cancellation = field(default_factory=Cancellation)
    finished: Mapping[int, Path] = field(default_factory=dict)
    """Files by the number of their picture."""
    job_id: str = "local"
    """Names the folder of pictures that are shown but not kept."""
    hooks: GenerationHooks = field(default_factory=GenerationHooks)
    """What plugins do on the way."""
