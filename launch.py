"""A1111's way to start (``python launch.py``), and what ``install.py`` of extensions imports: see modules/launch_utils.
"""

import sys

if __name__ == "__main__":
    import webui

    sys.exit(webui.main())

from modules import launch_utils
from modules.launch_utils import *  # noqa: F403 - the same names

__getattr__ = launch_utils.__getattr__  # args, skip_install
