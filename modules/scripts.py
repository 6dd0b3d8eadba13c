"""What extensions import as ``modules.scripts``.

``Script``, ``ScriptBuiltinUI``, ``AlwaysVisible``, ``OnComponent``, the arguments of hooks, ``basedir``,
``list_scripts``, ``list_files_with_name``, ``load_scripts``, ``ScriptRunner``, ``ScriptClassData``, ``ScriptFile``,
``scripts_data``, ``postprocessing_scripts_data``, ``scripts_txt2img``, ``scripts_img2img``, ``scripts_current``,
``scripts_postproc``, ``wrap_call``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from modules.compat.host import HOST
from modules.compat.postprocessing_runner import ScriptPostprocessingRunner
from modules.compat.scripts.arguments import (
    MaskBlendArgs,
    PostprocessBatchListArgs,
    PostprocessImageArgs,
    PostProcessMaskOverlayArgs,
    PostSampleArgs,
)
from modules.compat.scripts.loading import list_files_with_name, list_scripts, load_scripts
from modules.compat.scripts.registry import (
    ScriptClassData,
    ScriptFile,
    postprocessing_scripts_data,
    scripts_data,
)
from modules.compat.scripts.runner import ScriptRunner
from modules.compat.scripts.script import AlwaysVisible, AlwaysVisibleType, OnComponent, Script, ScriptBuiltinUI
from modules.plugins.importing import current_basedir

__all__ = [
    "AlwaysVisible",
    "AlwaysVisibleType",
    "MaskBlendArgs",
    "OnComponent",
    "PostProcessMaskOverlayArgs",
    "PostSampleArgs",
    "PostprocessBatchListArgs",
    "PostprocessImageArgs",
    "Script",
    "ScriptBuiltinUI",
    "ScriptClassData",
    "ScriptFile",
    "ScriptRunner",
    "list_files_with_name",
    "list_scripts",
    "load_scripts",
    "postprocessing_scripts_data",
    "scripts_data",
]

scripts_txt2img = ScriptRunner()
scripts_img2img = ScriptRunner()
scripts_current: ScriptRunner | None = None
"""The tab being built."""
scripts_postproc = ScriptPostprocessingRunner()


def basedir() -> str:
    """Return the root of the extension whose file is being loaded, else of the program."""
    folder = current_basedir()
    return str(folder or HOST.require().discovery.places.program)


def wrap_call(func: Callable[..., Any], filename: str, funcname: str, *args: Any, default: Any = None,
              **kwargs: Any) -> Any:
    """Call a function of a script; what it lets out is reported, and ``default`` returned."""
    result = HOST.require().calls.call(filename, funcname, func, *args, **kwargs)
    return default if result is None else result
