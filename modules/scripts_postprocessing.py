"""A1111's ``modules.scripts_postprocessing``: scripts of the Extras tab.

Names: ScriptPostprocessing, PostprocessedImage, PostprocessedImageSharedInfo, ScriptPostprocessingRunner.
"""

from modules.compat.postprocessing_runner import ScriptPostprocessingRunner
from modules.compat.postprocessing_scripts import (
    PostprocessedImage,
    PostprocessedImageSharedInfo,
    ScriptPostprocessing,
)

__all__ = ["PostprocessedImage", "PostprocessedImageSharedInfo", "ScriptPostprocessing", "ScriptPostprocessingRunner"]
