"""A1111's postprocessing scripts: the class that plugins subclass, and the picture it is handed.

Reference: A1111 v1.10.1 ``modules.scripts_postprocessing``. The work itself is done by ``modules.extras``, to which
``postprocessing_bridge`` hands these scripts as operations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from modules.compat.host import HOST

MOST_ENDINGS = 100


@dataclass
class PostprocessedImageSharedInfo:
    """What is known of a picture's result before any work; copies share it."""

    target_width: int | None = None
    target_height: int | None = None


class PostprocessedImage:
    """A picture on its way; a script changes it in place."""

    def __init__(self, image: Any) -> None:
        self.image = image
        self.info: dict[str, Any] = {}
        self.shared = PostprocessedImageSharedInfo()
        self.extra_images: list[Any] = []
        self.nametags: list[str] = []
        self.disable_processing = False
        self.caption: str | None = None

    def get_suffix(self, used_suffixes: dict[str, int] | None = None) -> str:
        """Return what goes behind the file's name, different from those used before."""
        used = {} if used_suffixes is None else used_suffixes
        plain = "".join(f"-{tag}" for tag in self.nametags)
        for suffix in (plain, *(f"{plain}-{number}" for number in range(1, MOST_ENDINGS))):
            if suffix not in used:
                used[suffix] = 1
                return suffix
        return plain

    def create_copy(self, new_image: Any, *, nametags: Sequence[str] | None = None, disable_processing: bool = False
                    ) -> PostprocessedImage:
        """Return another picture of the same origin."""
        copy = PostprocessedImage(new_image)
        copy.shared, copy.info = self.shared, dict(self.info)
        copy.nametags = [*self.nametags, *(nametags or ())]
        copy.disable_processing = disable_processing
        return copy


class ScriptPostprocessing:
    """A script that works on finished pictures. ``ui`` returns controls by name; they become keyword arguments."""

    filename: str | None = None
    controls: dict[str, Any] | None = None
    args_from: int | None = None
    args_to: int | None = None
    order = 1000
    name: str | None = None
    group: Any = None
    plugin = ""
    """The plugin it came with."""

    def ui(self) -> Mapping[str, Any] | None:
        """Build the controls and return them by name."""
        return {}

    def process(self, pp: PostprocessedImage, **args: Any) -> None:
        """Work on a picture: change ``pp.image``, add to ``pp.extra_images``."""

    def process_firstpass(self, pp: PostprocessedImage, **args: Any) -> None:
        """Look at the original before any script has changed it."""

    def image_changed(self) -> None:
        """Another picture was put into the Extras tab."""


def controls_of(script: ScriptPostprocessing) -> dict[str, Any]:
    """Return a script's controls; where there is no page, they are built for this."""
    if script.controls is None:
        with off_page():
            build_controls(script)
    return script.controls or {}


def build_controls(script: ScriptPostprocessing) -> None:
    """Build a script's controls where the page is being built; what a failing script left open is closed."""
    from modules.compat.page.gradio_context import kept_place  # brings Gradio along
    from modules.compat.surroundings import plugin_code

    with kept_place(), plugin_code(script.plugin):
        built = HOST.require().calls.call(script.plugin, "ui", script.ui)
        script.controls = dict(built or {})


def off_page() -> Any:
    """Build controls inside this where there is no page."""
    import gradio as gr

    return gr.Blocks(analytics_enabled=False)


def take_extras(pp: PostprocessedImage) -> list[PostprocessedImage]:
    """Return what a script has made beside a picture, and take it away from there."""
    extras = [one if isinstance(one, PostprocessedImage) else pp.create_copy(one) for one in pp.extra_images]
    pp.extra_images.clear()
    return extras
