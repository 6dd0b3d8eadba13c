"""A1111's ``modules.scripts_auto_postprocessing``: scripts of the Extras tab on the txt2img and img2img tabs.

Names: ScriptPostprocessingForMainUI, create_auto_preprocessing_script_data.
"""

from modules.compat.main_ui_postprocessing import ScriptPostprocessingForMainUI, create_auto_preprocessing_script_data

__all__ = ["ScriptPostprocessingForMainUI", "create_auto_preprocessing_script_data"]
