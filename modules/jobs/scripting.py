"""What a queue needs to know of scripts; ``compat`` knows the rest."""

from __future__ import annotations

from typing import Protocol

from modules.foundation.errors import InvalidRequestError
from modules.generation.request import GenerationRequest
from modules.generation.run_context import RunContext
from modules.settings.values import Settings


class ScriptHost(Protocol):
    """Runs generations in which scripts take part."""

    def check(self, request: GenerationRequest) -> None:
        """Check the scripts that a request names. Raises: InvalidRequestError."""
        ...

    def takes_part(self, request: GenerationRequest) -> bool:
        """Say whether a script or a plugin has anything to do with a request."""
        ...

    def run(self, request: GenerationRequest, settings: Settings, context: RunContext) -> None:
        """Make the pictures of a request whose choices are made. Raises: WebUIError."""
        ...


class NoScripts:
    """For programs without plugins."""

    def check(self, request: GenerationRequest) -> None:
        if request.script_name or request.alwayson_scripts:
            raise InvalidRequestError("script_name", "Scripts are switched off.",
                                      remedy="Leave them out, or start without --safe-mode.")

    def takes_part(self, request: GenerationRequest) -> bool:
        return False

    def run(self, request: GenerationRequest, settings: Settings, context: RunContext) -> None:
        raise NotImplementedError("nothing takes part")
