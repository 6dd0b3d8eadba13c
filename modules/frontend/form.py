"""A tab that ends in a request."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from modules.frontend.controls import Controls
from modules.frontend.page_plugins import NO_SCRIPTS, TabScripts
from modules.frontend.services import FrontendServices


@dataclass(frozen=True)
class Form:
    """A tab with a Generate button: its name, which begins all its ids, and the controls a request is made of."""

    tab: str
    services: FrontendServices
    scripts: TabScripts = NO_SCRIPTS
    controls: Controls = field(default_factory=Controls)

    def id(self, suffix: str) -> str:
        return f"{self.tab}_{suffix}"

    def add(self, name: str, component: gr.components.Component) -> Any:
        """Count a component among what a request is made of."""
        return self.controls.add(name, component)
