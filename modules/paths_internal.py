"""A1111's ``modules.paths_internal``: where things are, before anything else is known.

Names: config_states_dir, cwd, data_path, default_output_dir, default_sd_model_file, extensions_builtin_dir,
extensions_dir, models_path, modules_path, roboto_ttf_file, script_path, sd_configs_path, sd_model_file.
"""

from modules.compat.lazy import lazy_names
from modules.compat.places import (
    LIVE,
    cwd,
    extensions_builtin_dir,
    modules_path,
    roboto_ttf_file,
    script_path,
    sd_configs_path,
)

__all__ = ["cwd", "extensions_builtin_dir", "modules_path", "roboto_ttf_file", "script_path", "sd_configs_path"]

__getattr__ = lazy_names(__name__, LIVE)
