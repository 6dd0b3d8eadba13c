"""The old name of ``modules.infotext_utils``: the same module under both."""

import sys

from modules import infotext_utils

sys.modules[__name__] = infotext_utils
