"""Postprocessing scripts that work on every picture as it is made, on the txt2img and img2img tabs.

Reference: A1111 v1.10.1 ``modules.scripts_auto_postprocessing`` and its setting ``postprocessing_enable_in_main_ui``.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from modules.compat.host import HOST
from modules.compat.postprocessing_scripts import PostprocessedImage, ScriptPostprocessing
from modules.compat.scripts.registry import ScriptClassData, postprocessing_scripts_data
from modules.compat.scripts.script import AlwaysVisible, Script


class ScriptPostprocessingForMainUI(Script):
    """A postprocessing script as one that is always on."""

    def __init__(self, script_postproc: ScriptPostprocessing) -> None:
        self.script = script_postproc
        self.postprocessing_controls: dict[str, Any] = {}

    def title(self) -> str:
        return str(self.script.name)

    def show(self, is_img2img: bool) -> Any:
        return AlwaysVisible

    def ui(self, is_img2img: bool) -> list[Any]:
        self.postprocessing_controls = dict(self.script.ui() or {})
        return list(self.postprocessing_controls.values())

    def postprocess_image(self, p: Any, pp: Any, *args: Any) -> None:
        picture = PostprocessedImage(pp.image)
        self.script.process(picture, **dict(zip(self.postprocessing_controls, args)))
        p.extra_generation_params.update(picture.info)
        pp.image = picture.image


def create_auto_preprocessing_script_data() -> list[ScriptClassData]:
    """Return what the settings want on the main tabs, as scripts."""
    wanted = HOST.require().settings.current.postprocessing.postprocessing_enable_in_main_ui
    by_name = {data.script_class.name: data for data in postprocessing_scripts_data}
    return [data._replace(script_class=partial(_wrap, data)) for name in wanted if (data := by_name.get(name))]


def _wrap(data: ScriptClassData) -> ScriptPostprocessingForMainUI:
    return ScriptPostprocessingForMainUI(data.script_class())
