"""A1111's ``modules.initialize_util``.

Names: configure_opts_onchange, restore_config_state_file, validate_tls_options.
"""

from modules.compat.lazy import lazy_names
from modules.compat.missing_parts import do_nothing as configure_opts_onchange
from modules.compat.missing_parts import do_nothing as restore_config_state_file
from modules.compat.missing_parts import do_nothing as validate_tls_options

__all__ = ["configure_opts_onchange", "restore_config_state_file", "validate_tls_options"]

__getattr__ = lazy_names(__name__)
